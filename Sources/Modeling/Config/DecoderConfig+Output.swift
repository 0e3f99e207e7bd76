public import Formats
internal import Kernels

extension DecoderConfig {
  /// What the class named in `architectures` gives: logits, scores of labels, or gated objectives.
  static func output(_ reader: ConfigReader, family: Family) -> Output {
    let names = reader.value("architectures")?.array?.compactMap(\.string) ?? []
    guard let name = names.first, name != family.causalClass else { return .tokens }
    if name.hasPrefix(family.stem) {
      if name.hasSuffix("ForSequenceClassification") { return .scores(labels: labels(reader)) }
      if name.hasSuffix("ForRewardModelWithGating") { return .gatedObjectives(gatedHead(reader)) }
    }
    if name == family.stem + "Model" { return .tokens }
    reader.report(
      "architectures", "names \(quoted(name))",
      expected: "\(family.causalClass), \(family.classifierClass) or "
        + "\(family.stem)ForRewardModelWithGating")
    return .tokens
  }

  private static func labels(_ reader: ConfigReader) -> Int {
    let named = reader.value("id2label")?.object?.count
    return max(1, named ?? reader.optionalSize("num_labels") ?? 2)
  }

  /// Keys and defaults of the published ArmoRM.
  private static func gatedHead(_ reader: ConfigReader) -> GatedHead {
    GatedHead(
      objectives: reader.optionalSize("num_objectives") ?? 19,
      hiddenLayers: reader.optionalSize("gating_n_hidden", in: 0...64) ?? 3,
      hiddenWidth: reader.optionalSize("gating_hidden_dim") ?? 1024,
      temperature: Float(reader.optionalReal("gating_temperature") ?? 10))
  }

  /// Scores or objectives that come out: 0 for logits.
  public var scoreCount: Int {
    switch output {
    case .tokens: 0
    case .scores(let labels): labels
    case .gatedObjectives(let head): head.objectives
    }
  }

  /// What a `config.json` calls the scores or objectives of its model, by place: its `id2label`,
  /// `LABEL_<place>` (as transformers writes it) where that says nothing.
  ///
  /// - Parameter count: `scoreCount` of the config.
  public static func labelNames(_ json: JSON, count: Int) -> [String] {
    (0..<count).map { json["id2label"]?[String($0)]?.string ?? "LABEL_\($0)" }
  }
}
