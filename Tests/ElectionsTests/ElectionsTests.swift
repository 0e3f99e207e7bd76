import PluginAPI
import TestSupport
import Testing

@testable import Elections

/// Worked values; B, A, C and D are the matrices that all methods are tried on.
@Suite struct ElectionsTests {
  @Test func magmaxTakesTheLargestChange() throws {
    var options = MagMaxMerge.Options()
    options.scalingFactor = 1
    #expect(try changes(MagMaxMerge(options), [A, C, D]) == [0.5, -0.5, 0.4375, -0.375, 1, 0.625])
    #expect(
      try changes(MagMaxMerge(MagMaxMerge.Options()), [A, C, D])
        == [0.25, -0.25, 0.21875, -0.1875, 0.5, 0.3125])
    // Of equal magnitudes the later model.
    #expect(
      try merge(MagMaxMerge(options), base: [0, 0], [[1, -1], [-1, 1], [0.5, 0.5]]) == [-1, 1])
  }

  @Test func emrTakesTheLargestChangeThatAgreesWithTheSum() throws {
    let rule = EMRMerge(EMRMerge.Options())
    #expect(try changes(rule, [A, C, D]) == [0.5, -0.5, 0.4375, -0.375, 1, 0.625])
    // Two small changes outvote a large one; a sum of 0 counts as negative; nobody agrees with 0.
    #expect(
      try merge(rule, base: [1, 1, 1], [[3, 2, 1], [-0.5, 0, 1], [-0.25, 1, 1]]) == [-0.5, 0, 1])
  }

  @Test func consensusKeepsWhatMattersToSeveral() throws {
    let rule = { (k: Int) in
      var options = ConsensusTAMerge.Options()
      (options.consensus.tallLambda, options.consensus.k, options.consensus.alpha) = (0.6, k, 1)
      return ConsensusTAMerge(options)
    }
    let sum: [Float] = [0.3125, -0.375, 0.25, -0.1875, 1.3125, 0.1875]
    #expect(try changes(rule(1), [A, C, D]) == sum)
    #expect(try changes(rule(2), [A, C, D]) == [0, 0, 0, 0, 0, 0.1875])
    // Without other models an element matters to all.
    #expect(try changes(rule(1), [A]) == [0.5, 0.25, 0, -0.375, 0.3125, -0.125])
  }

  @Test func consensusScalesByTheRootOfTheModels() throws {
    var options = ConsensusTAMerge.Options()
    options.consensus.tallLambda = 0.3
    let four = try merge(
      ConsensusTAMerge(options), base: [0, 0], [[1, 2], [1, 2], [1, 2], [1, 2]])
    #expect(four == [2, 4])
  }

  @Test func consensusOfTooFewModelsIsRefused() throws {
    #expect {
      try changes(ConsensusTAMerge(ConsensusTAMerge.Options()), [A])
    } throws: {
      let text = ($0 as? Problem)?.description ?? ""
      return text.contains("k is 2") && text.contains("up_proj")
    }
  }

  @Test func consensusOfTIESMasksTheSumOfWhatAgrees() throws {
    var options = ConsensusTIESMerge.Options()
    (options.density, options.consensus.k, options.consensus.alpha) = (0.5, 1, 1)
    // Trimmed: A (0.5, 0, 0, −0.375, 0.3125, 0), C (0, −0.5, 0.4375, 0, 0, 0.625).
    let ties: [Float] = [0.5, -0.5, 0.4375, -0.375, 0.3125, 0.625]
    #expect(try changes(ConsensusTIESMerge(options), [A, C]) == ties)
    // Two thirds trimmed: 0.5 and −0.375; −0.5 and 0.625.
    options.density = 0.34
    #expect(
      try changes(ConsensusTIESMerge(options), [A, C]) == [0.5, -0.5, 0, -0.375, 0, 0.625])
    // What matters to both.
    (options.density, options.consensus.k, options.consensus.tallLambda) = (1, 2, 0.4)
    #expect(
      try merge(ConsensusTIESMerge(options), base: [0, 0, 0], [[1, 1, 1], [0.9, -0.2, 0.1]])
        == [1.9, 0, 0])
  }

  @Test func pcbMatchesTheWorkedExample() throws {
    var options = PCBMerge.Options()
    (options.ratio, options.lambda) = (0.5, 1)
    expectClose(
      try changes(PCBMerge(options), [A, C]), [0.375, -0.5, 0, -0.375, 0, 0.5], within: 2e-7)
  }

  @Test func expoMovesOn() throws {
    let rule = ExPOMerge(ExPOMerge.Options())
    expectClose(
      try merge(rule, base: B, [A]), [1.65, -1.675, 0.5, -0.2375, 1.90625, -1.1625], within: 1e-6)
    let mean: [Float] = zip(zip(A, C), D).map { ($0.0 + $0.1 + $1) / 3 }
    let wanted = zip(mean, B).map { $0 + 0.3 * ($0 - $1) }
    expectClose(try merge(rule, base: B, [A, C, D]), wanted, within: 1e-6)
  }

  @Test func configsNameTheParameters() {
    let keys = { (options: any PluginOptions) in
      OptionReader.describe(options).map { "\($0.key) \($0.defaultText)" }
    }
    #expect(keys(MagMaxMerge.Options()) == ["scaling_factor 0.5"])
    #expect(keys(EMRMerge.Options()) == ["scaling_factor 1"])
    #expect(keys(ConsensusTAMerge.Options()) == ["tall_lambda 0.4", "k 2", "alpha none"])
    #expect(
      keys(ConsensusTIESMerge.Options()) == ["tall_lambda 0.4", "k 2", "alpha none", "density 0.2"])
    #expect(keys(PCBMerge.Options()) == ["ratio 0.1", "lambda 1.2"])
    #expect(keys(ExPOMerge.Options()) == ["alpha 0.3"])
  }

  @Test func theBaseAloneStaysAsItIs() throws {
    #expect(try merge(MagMaxMerge(MagMaxMerge.Options()), base: B, []) == B)
    #expect(try merge(EMRMerge(EMRMerge.Options()), base: B, []) == B)
    #expect(try merge(ConsensusTAMerge(ConsensusTAMerge.Options()), base: B, []) == B)
    #expect(try merge(ConsensusTIESMerge(ConsensusTIESMerge.Options()), base: B, []) == B)
    #expect(try merge(PCBMerge(PCBMerge.Options()), base: B, []) == B)
    #expect(try merge(ExPOMerge(ExPOMerge.Options()), base: B, []) == B)
  }

  @Test func modelsThatEqualTheBaseChangeNothing() throws {
    #expect(try merge(PCBMerge(PCBMerge.Options()), base: B, [B, B]) == B)
    #expect(try merge(EMRMerge(EMRMerge.Options()), base: B, [B, B]) == B)
    #expect(try merge(ConsensusTIESMerge(ConsensusTIESMerge.Options()), base: B, [B, B]) == B)
  }
}

let B: [Float] = [1, -2, 0.5, 0.25, 1.5, -1]
let A: [Float] = [1.5, -1.75, 0.5, -0.125, 1.8125, -1.125]
let C: [Float] = [0.75, -2.5, 0.9375, 0.4375, 1.5, -0.375]
let D: [Float] = [1.0625, -2.125, 0.3125, 0.25, 2.5, -1.3125]

func merge<Rule: MergeMethod>(
  _ rule: Rule, base: [Float], _ models: [[Float]], shape: [Int]? = nil
) throws -> [Float] where Rule.Input == NoOptions {
  let shape = shape ?? [1, base.count]
  return try merged(
    rule, base: Tensor(base, shape: shape),
    inputs: models.map { (Tensor($0, shape: shape), NoOptions()) })
}

/// What a rule adds to B.
func changes<Rule: MergeMethod>(
  _ rule: Rule, _ models: [[Float]]
) throws -> [Float] where Rule.Input == NoOptions {
  zip(try merge(rule, base: B, models, shape: [2, 3]), B).map { $0 - $1 }
}

func values(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
  let rng = CounterRNG(seed: seed)
  return (0..<count).map { scale * Float(2 * rng.uniform(UInt64($0)) - 1) }
}

func expectClose(
  _ actual: [Float], _ wanted: [Float], within tolerance: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == wanted.count, sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(actual, wanted).enumerated() where !(abs(a - b) <= tolerance) {
    Issue.record("[\(index)]: \(a), expected \(b)", sourceLocation: sourceLocation)
    return
  }
}
