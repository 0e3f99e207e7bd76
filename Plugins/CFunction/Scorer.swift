import Foreign
import PluginAPI

/// Calls the function with rows and reads what it says of them.
struct Scorer: Sendable {
  let binding: Binding

  /// One score a row. A row that cannot be passed, or that the function refuses, costs itself;
  /// a failure means that the function wrote where it must not.
  func judge(
    _ rows: ArraySlice<Completion>, context: ForeignPointer?
  ) -> Result<[RewardScore], Problem> {
    do throws(Problem) {
      switch binding.kind {
      case .batch: return .success(try judgeTogether(Array(rows), context))
      default:
        let frame = ForeignFrame(for: binding.function)
        var scores: [RewardScore] = []
        scores.reserveCapacity(rows.count)
        for row in rows { scores.append(try judge(row, frame, context)) }
        return .success(scores)
      }
    } catch {
      return .failure(error)
    }
  }

  // MARK: - One row

  private func judge(
    _ row: Completion, _ frame: ForeignFrame, _ context: ForeignPointer?
  ) throws(Problem) -> RewardScore {
    frame.reset()
    do throws(RowFault) {
      for (index, source) in binding.sources.enumerated() where source.differsByRow {
        switch try row.value(of: source, as: binding.type(index)) {
        case .text(let text): frame.set(index, text: text)
        case .number(let number): frame.set(index, number: number)
        case .tokens(let tokens): frame.set(index, tokens: tokens)
        }
      }
    } catch {
      return RewardScore(failure: error.reason)
    }
    for index in binding.sources.indices where !binding.sources[index].differsByRow {
      binding.setShared(index, in: frame, context: context, rows: 1)
    }
    let result = binding.function.call(frame)
    try binding.checkRoom(frame)
    if let error = binding.index(of: .errors), let text = frame.text(error) {
      return RewardScore(failure: excerpt(text))
    }
    guard let scores = binding.index(of: .scores) else { return score(result.double) }
    if let failure = binding.failure(result) { return RewardScore(failure: failure) }
    return score(frame.numbers(scores).first ?? .nan)
  }

  // MARK: - A batch

  /// Rows that cannot be passed are left out of the call.
  private func judgeTogether(
    _ rows: [Completion], _ context: ForeignPointer?
  ) throws(Problem) -> [RewardScore] {
    var scores = Array(repeating: RewardScore(.nan), count: rows.count)
    var passed: [Int] = []
    var columns = binding.sources.map { _ in [RowValue]() }
    for (place, row) in rows.enumerated() {
      do throws(RowFault) {
        for (index, value) in try values(of: row) { columns[index].append(value) }
        passed.append(place)
      } catch {
        scores[place] = RewardScore(failure: error.reason)
      }
    }
    if passed.isEmpty { return scores }
    let judged = try call(columns, rows: passed.count, context)
    for (place, score) in zip(passed, judged) { scores[place] = score }
    return scores
  }

  private func values(
    of row: Completion
  ) throws(RowFault) -> [(index: Int, value: RowValue)] {
    var values: [(index: Int, value: RowValue)] = []
    for (index, source) in binding.sources.enumerated() where source.differsByRow {
      values.append((index, try row.value(of: source, as: binding.type(index))))
    }
    return values
  }

  private func call(
    _ columns: [[RowValue]], rows: Int, _ context: ForeignPointer?
  ) throws(Problem) -> [RewardScore] {
    let frame = ForeignFrame(for: binding.function)
    for (index, source) in binding.sources.enumerated() {
      guard source.differsByRow else {
        binding.setShared(index, in: frame, context: context, rows: rows)
        continue
      }
      let column = columns[index]
      if source == .tokens {
        frame.set(index, tokenLists: column.map(\.tokens))
      } else if case .text = column[0] {
        frame.set(index, texts: column.map(\.text))
      } else {
        frame.set(index, numbers: column.map(\.number))
      }
    }
    let result = binding.function.call(frame)
    try binding.checkRoom(frame)
    return scores(frame, rows, binding.failure(result))
  }

  private func scores(_ frame: ForeignFrame, _ rows: Int, _ failure: String?) -> [RewardScore] {
    let values = binding.index(of: .scores).map { frame.numbers($0) } ?? []
    let errors = binding.index(of: .errors)
    return (0..<rows).map { row in
      if let errors, let text = frame.text(errors, row: row) {
        return RewardScore(failure: excerpt(text))
      }
      if let failure { return RewardScore(failure: failure) }
      return score(values.indices.contains(row) ? values[row] : .nan)
    }
  }

  private func score(_ value: Double) -> RewardScore {
    let score = Float(value)
    if score.isFinite { return RewardScore(score) }
    let name = binding.function.name
    if value.isFinite {
      return RewardScore(failure: "\(name) gave \(value), too large for a score")
    }
    return RewardScore(failure: "\(name) gave \(value.isNaN ? "NaN" : "\(value)")")
  }
}

extension Source {
  /// Whether every row has its own value: set by row, or as an array in a batch.
  fileprivate var differsByRow: Bool {
    switch self {
    case .text, .length, .tokens, .tokenCount, .field: true
    default: false
    }
  }
}

extension ForeignResult {
  fileprivate var double: Double {
    if case .number(let number) = self { number.double } else { .nan }
  }
}

extension Binding {
  fileprivate func type(_ index: Int) -> ForeignType {
    var type = function.signature.parameters[index].type
    // The type of one row's element.
    if kind == .batch, type.depth > 0 { type.depth -= 1 }
    return type
  }

  /// Sets an argument that is the same for all rows.
  func setShared(_ index: Int, in frame: ForeignFrame, context: ForeignPointer?, rows: Int) {
    switch sources[index] {
    case .constant(let constant):
      switch constant.value {
      case .number(let number): frame.set(index, number: number)
      case .text(let text): frame.set(index, text: text)
      }
    case .context: if let context { frame.set(index, pointer: context) }
    case .rowCount: frame.set(index, number: .whole(Int64(rows)))
    case .scores: frame.reserve(index, numbers: rows)
    case .errors: frame.reserve(index, textsOf: FunctionContext.errorCapacity, rows: rows)
    case .errorCapacity:
      frame.set(index, number: .whole(Int64(FunctionContext.errorCapacity)))
    default: break
    }
  }

  /// A status that is not 0, in words; nil where all is well or the result is no status.
  fileprivate func failure(_ result: ForeignResult) -> String? {
    guard sources.contains(.scores), case .number(let status) = result, status.double != 0 else {
      return nil
    }
    return "\(function.name) returned status \(status)"
  }

  /// Throws when the function wrote behind what it was given: memory of others may be damaged.
  fileprivate func checkRoom(_ frame: ForeignFrame) throws(Problem) {
    guard let index = frame.overrun else { return }
    throw Problem(
      .badConfiguration, at: "reward 'cfunction'",
      "\(quoted(function.name)) wrote past the end of"
        + " \(quoted(function.signature.parameters[index].name))",
      expected: "as many entries as it was given room for",
      hint: "correct the function; 'isolate: true' keeps such damage in a process of its own")
  }
}
