internal import Formats
internal import Kernels

extension DecoderModel {
  /// This body with a new head that scores whole sequences: what a reward model starts from. The
  /// weights of the body are shared, the token head is left out, the new one is normal with
  /// deviation `initializer_range` of the config (0.02), as transformers makes it.
  ///
  /// - Parameters:
  ///   - labels: Scores a sequence, at least 1.
  ///   - seed: The new weights follow from it.
  public func withScoreHead(labels: Int, seed: UInt64) -> DecoderModel {
    precondition(labels > 0, "\(labels) labels")
    var config = config
    config.output = .scores(labels: labels)
    config.hasScoreBias = false
    let kept = Dictionary(uniqueKeysWithValues: zip(specs.map(\.slot), variables))
    let deviation = configJSON["initializer_range"]?.double ?? 0.02
    let newSpecs = config.weightSpecs(names: names)
    let newVariables = newSpecs.map { spec in
      guard spec.slot.role != .score, let variable = kept[spec.slot] else {
        return Variable(
          Self.randomWeights(spec.shape, deviation: deviation, seed: seed), name: spec.uniqueName)
      }
      return variable
    }
    return DecoderModel(
      config: config, configJSON: classifierJSON(labels: labels), names: names, specs: newSpecs,
      variables: newVariables, warnings: warnings)
  }

  private static func randomWeights(_ shape: [Int], deviation: Double, seed: UInt64) -> Tensor {
    let random = CounterRNG(seed: seed, stream: scoreHeadStream)
    let tensor = Tensor(zeros: shape)
    for index in 0..<tensor.count {
      tensor.floatPointer[index] = Float(deviation * random.normal(UInt64(index)))
    }
    return tensor
  }

  private static let scoreHeadStream: UInt64 = 0x5343_4F52_4548_4400

  /// The config as transformers writes it for its classifier of the family.
  private func classifierJSON(labels: Int) -> JSON {
    var json = configJSON
    json["architectures"] = [.string(Family.of(config).classifierClass)]
    let names = (0..<labels).map { "LABEL_\($0)" }
    json["id2label"] = .object(
      JSONObject(names.enumerated().map { (key: "\($0)", value: .string($1)) }))
    json["label2id"] = .object(
      JSONObject(names.enumerated().map { (key: $1, value: .int(Int64($0))) }))
    json["num_labels"] = nil
    return json
  }
}

extension LoadedModel {
  /// The model with its token head replaced; see `DecoderModel.withScoreHead`.
  public func withScoreHead(labels: Int, seed: UInt64) -> LoadedModel {
    with(decoder.withScoreHead(labels: labels, seed: seed))
  }
}
