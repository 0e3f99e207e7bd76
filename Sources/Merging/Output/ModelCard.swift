/// The README.md of a merged model: what it was made from, how, and the config that makes it again.
struct ModelCard {
  let plan: MergePlan
  let config: MergeConfig
  /// Last part of the output's path.
  let name: String

  var text: String {
    let models = plan.document.models.map { Self.shown($0) }
    var card = "---\n"
    card += "base_model:\n" + models.map { "- \(Self.plain($0))\n" }.joined()
    card +=
      "base_model_relation: merge\nlibrary_name: transformers\ntags:\n- merge\n- crucible\n---\n"
    card += "# \(name)\n\nA merge of language models, made with Crucible.\n\n"
    card += "## Method\n\n`\(plan.document.method)`"
    if let base = plan.document.baseModel { card += ", base model `\(Self.shown(base))`" }
    card += ".\n\n## Models\n\n" + models.map { "* `\($0)`\n" }.joined()
    card += "\n## Configuration\n\n```yaml\n\(config.text)"
    card += (config.text.hasSuffix("\n") ? "" : "\n") + "```\n"
    return card
  }

  /// Paths of this machine tell others nothing but their last part.
  private static func shown(_ model: MergeModelReference) -> String {
    let text = model.text
    guard text.hasPrefix("/") else { return text }
    return text.split(separator: "/").last.map(String.init) ?? text
  }

  /// As YAML reads it back.
  private static func plain(_ text: String) -> String {
    YAMLNode(
      .scalar(YAMLScalar(text, isPlain: false)), at: TextMark(source: "", line: 1, column: 1)
    ).serialized().trimmed
  }
}

extension String {
  fileprivate var trimmed: String { hasSuffix("\n") ? String(dropLast()) : self }
}
