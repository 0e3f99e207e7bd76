import PluginAPI

/// How what a checkpoint says becomes one score.
struct ScoreChoice: Sendable {
  enum Rule: Sendable, Equatable {
    /// The output at a place.
    case label(Int)
    /// Σ weight · output.
    case sum([Double])
    /// The checkpoint's own: Σ gate · (objectives × transform).
    case gate
  }

  let rule: Rule
  let function: HeadFunction

  /// - Throws: `OptionError` for labels that the checkpoint does not have, and when nothing says
  ///   which of several is the score.
  init(_ options: ClassifierReward.Options, of head: CheckpointHead) throws {
    function = options.function
    rule = try Self.rule(options, head)
    if rule == .gate, function != .none {
      throw OptionError(
        "function", function.rawValue, "must be none: gated objectives have their own")
    }
    if function == .softmax, head.labels.count == 1 {
      throw OptionError("function", "softmax", "always gives 1 for a single label")
    }
  }

  private static func rule(
    _ options: ClassifierReward.Options, _ head: CheckpointHead
  ) throws -> Rule {
    if let weights = options.weights {
      guard options.label == nil else {
        throw OptionError("weights", weights.optionText, "cannot stand beside label")
      }
      return .sum(try sum(weights, head))
    }
    if let label = options.label {
      guard let place = head.place(of: label) else {
        throw OptionError(
          "label", label.optionText, "must be one of the checkpoint's: \(head.labelList)")
      }
      return .label(place)
    }
    if head.isGated { return .gate }
    guard head.labels.count == 1 else {
      throw OptionError(
        "label", "none", "must say which of the checkpoint's is the score: \(head.labelList)")
    }
    return .label(0)
  }

  private static func sum(_ weights: LabelWeights, _ head: CheckpointHead) throws -> [Double] {
    var sum = [Double](repeating: 0, count: head.labels.count)
    switch weights {
    case .all(let values):
      guard values.count == sum.count else {
        throw OptionError(
          "weights", weights.optionText, "must be \(sum.count) numbers: \(head.labelList)")
      }
      return values
    case .some(let named):
      for entry in named {
        guard let place = head.place(of: entry.label) else {
          throw OptionError(
            "weights.\(entry.label.optionText)", entry.weight.optionText,
            "must name one of the checkpoint's labels: \(head.labelList)")
        }
        sum[place] += entry.weight
      }
      return sum
    }
  }

  /// Scores of plain heads: `outputs` [B, labels] f32.
  func scores(_ outputs: Tensor, labels: [String]) -> [RewardScore] {
    let values = applied(outputs).floats()
    return (0..<values.count / labels.count).map { row in
      let own = Array(values[row * labels.count..<(row + 1) * labels.count])
      let parts = labels.count > 1 ? zip(labels, own).map { (name: $0, value: $1) } : []
      return RewardScore(value(own), parts: parts)
    }
  }

  /// Scores of gated heads: every objective and its gate is a part.
  func scores(_ result: DecoderModel.GatedScores, labels: [String]) -> [RewardScore] {
    let objectives = rule == .gate ? result.objectives : applied(result.objectives)
    let (values, gates) = (objectives.floats(), result.gates.floats())
    return result.scores.indices.map { row in
      let range = row * labels.count..<(row + 1) * labels.count
      let own = Array(values[range])
      let parts =
        zip(labels, own).map { (name: $0, value: $1) }
        + zip(labels, gates[range]).map { (name: "gate \($0)", value: $1) }
      return RewardScore(rule == .gate ? result.scores[row] : value(own), parts: parts)
    }
  }

  private func value(_ outputs: [Float]) -> Float {
    switch rule {
    case .label(let place): return outputs[place]
    case .sum(let weights):
      return Float(zip(weights, outputs).reduce(0.0) { $0 + $1.0 * Double($1.1) })
    case .gate: preconditionFailure("the gate has its own scores")
    }
  }

  private func applied(_ outputs: Tensor) -> Tensor {
    switch function {
    case .none: outputs
    case .sigmoid: Tape(recording: false).activation(Variable(outputs), .sigmoid).value
    case .softmax: softmax(outputs)
    }
  }
}
