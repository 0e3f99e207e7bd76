import Kernels
import Merging
import Testing

/// The values of rebuilt rows.
struct RebuiltRowsTests {
  /// Three models without base: `a` has p, q; `b` has q, r, p; `c` has only s. One row of padding.
  private func plan(_ models: VocabularyModels, pad: Int? = 5) throws -> VocabularyPlan {
    try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("a", bpe(["p", "q"])), models.member("b", bpe(["q", "r", "p"])),
          models.member("c", bpe(["s"])),
        ], padToMultipleOf: pad))
  }

  private let a = tensor([1, 2, 3, 4], [2, 2])
  private let b = tensor([10, 20, 30, 40, 50, 60], [3, 2])
  private let c = tensor([-8, 8], [1, 2])

  private func rows(_ rebuilt: RebuiltRows, _ member: Int) -> [Float] {
    let target = Tensor(zeros: [rebuilt.alignment.rowCount, rebuilt.rowElements])
    rebuilt.read(member: member, rows: 0..<rebuilt.alignment.rowCount, into: target)
    return target.floats()
  }

  @Test func takesOwnRowsFillsAndMeans() throws {
    let models = try VocabularyModels()
    let plan = try plan(models)
    #expect(plan.tokens == ["p", "q", "r", "s"])
    let rebuilt = try RebuiltRows(plan.alignment, tensors: [a, b, c], name: "e")
    // p, q, r (from b), s (from c), the mean of the four.
    #expect(rows(rebuilt, 0) == [1, 2, 3, 4, 30, 40, -8, 8, 6.5, 13.5])
    #expect(rows(rebuilt, 1) == [50, 60, 10, 20, 30, 40, -8, 8, 20.5, 32])
    // p and q are the means of a and b.
    #expect(rows(rebuilt, 2) == [25.5, 31, 6.5, 12, 30, 40, -8, 8, 13.5, 22.75])
  }

  @Test func zerosWhereNobodyHasTheToken() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [models.member("a", bpe(["p", "q"]))], overrides: [TokenOverride(token: "new")]))
    let rebuilt = try RebuiltRows(plan.alignment, tensors: [a], name: "e")
    let target = Tensor([Float](repeating: 7, count: 6), shape: [3, 2])
    rebuilt.read(member: 0, rows: 0..<3, into: target)
    #expect(target.floats() == [1, 2, 3, 4, 0, 0])
  }

  @Test(arguments: [1, 2, 3, 5, 7]) func piecesAddUpToTheWhole(piece: Int) throws {
    let models = try VocabularyModels()
    let plan = try plan(models, pad: 7)
    let rebuilt = try RebuiltRows(plan.alignment, tensors: [a, b, c], name: "e")
    for member in 0..<3 {
      let whole = rows(rebuilt, member)
      let pieces = try RebuiltRows(plan.alignment, tensors: [a, b, c], name: "e")
      let target = Tensor(zeros: [7, 2])
      for start in stride(from: 0, to: 7, by: piece).reversed() {
        let range = start..<min(7, start + piece)
        pieces.read(member: member, rows: range, into: target, at: start)
      }
      #expect(target.floats() == whole)
    }
  }

  @Test(arguments: [DType.bf16, .f16]) func halvesWidenExactly(dtype: DType) throws {
    let models = try VocabularyModels()
    let tensors = [a.converted(to: dtype), b, c.converted(to: dtype)]
    let mixed = try RebuiltRows(try plan(models).alignment, tensors: tensors, name: "e")
    let exact = try RebuiltRows(try plan(models).alignment, tensors: [a, b, c], name: "e")
    #expect(mixed.dtype == .f32)
    for member in 0..<3 { #expect(rows(mixed, member) == rows(exact, member)) }
  }

  /// Where one input is f64 the others are widened to it.
  @Test func doublesStayDoubles() throws {
    let models = try VocabularyModels()
    let plan = try plan(models)
    let wide = Tensor(zeros: [2, 2], dtype: .f64)
    a.copyRows(0..<2, to: wide, at: 0)
    let rebuilt = try RebuiltRows(plan.alignment, tensors: [wide, b, c], name: "e")
    #expect(rebuilt.dtype == .f64)
    let target = Tensor(zeros: [5, 2], dtype: .f64)
    rebuilt.read(member: 2, rows: 0..<5, into: target)
    let values = target.withBytes { Array($0.bindMemory(to: Double.self)) }
    #expect(values == [25.5, 31, 6.5, 12, 30, 40, -8, 8, 13.5, 22.75])

    let (one, next) = (tensor([1, 1], [2, 1]), tensor([0, 0, 0x1p-23], [3, 1]))
    let mean = try RebuiltRows(
      plan.alignment, tensors: [one, next, tensor([3], [1, 1])], name: "e")
    let narrow = Tensor(zeros: [1, 1])
    mean.read(member: 2, rows: 0..<1, into: narrow)
    #expect(narrow.floats() == [0.5 + 0x1p-24], "(1 + 2⁻²³) / 2, exact in f32")
  }

  @Test func aBiasHasRowsOfOneElement() throws {
    let models = try VocabularyModels()
    let tensors = [
      tensor([1, 2], [2]), tensor([3, 4, 5], [3]), tensor([6], [1]),
    ]
    let rebuilt = try RebuiltRows(try plan(models).alignment, tensors: tensors, name: "bias")
    #expect(rebuilt.rowElements == 1)
    #expect(rows(rebuilt, 0) == [1, 2, 4, 6, 3.25])
  }

  /// Sums run over the rows in order, whatever the threads.
  @Test func largePaddingIsTheMeanOfTheRows() throws {
    let models = try VocabularyModels()
    let (count, width) = (700, 1300)
    let tokens = (0..<count).map { "t\($0)" }
    let plan = try VocabularyPlan(
      VocabularyRequest(members: [models.member("a", bpe(tokens))], padToMultipleOf: 1000))
    let values = (0..<count * width).map { Float($0 % 613) / 7 - 40 }
    let rebuilt = try RebuiltRows(
      plan.alignment, tensors: [Tensor(values, shape: [count, width])], name: "e")
    let target = Tensor(zeros: [2, width])
    rebuilt.read(member: 0, rows: count..<count + 1, into: target)
    rebuilt.read(member: 0, rows: 999..<1000, into: target, at: 1)
    let got = target.floats()
    for column in 0..<width {
      let sum = (0..<count).reduce(0.0) { $0 + Double(values[$1 * width + column]) }
      #expect(got[column] == Float(sum / Double(count)))
      #expect(got[width + column] == got[column])
    }
  }

  @Test func tensorsThatDoNotFitAreRefused() throws {
    let models = try VocabularyModels()
    let alignment = try plan(models).alignment
    func problem(_ tensors: [Tensor]) -> String? {
      do {
        _ = try RebuiltRows(alignment, tensors: tensors, name: "lm_head.weight")
        return nil
      } catch { return error.description }
    }
    #expect(
      problem([a, Tensor(zeros: [4, 2]), c])
        == "b: tensor 'lm_head.weight': has shape [4, 2]; "
        + "expected 3 rows, as many as the token embedding")
    #expect(
      problem([a, Tensor(zeros: [3, 3]), c])
        == "b: tensor 'lm_head.weight': has shape [3, 3]; expected rows of shape [2]")
    #expect(
      problem([Tensor(zeros: [2, 2], dtype: .i64), b, c])
        == "a: tensor 'lm_head.weight': holds i64 numbers; expected f64, f32, bf16 or f16")
  }
}

private func tensor(_ values: [Float], _ shape: [Int]) -> Tensor { Tensor(values, shape: shape) }
