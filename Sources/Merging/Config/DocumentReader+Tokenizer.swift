extension DocumentReader {
  func tokenizer(into problems: inout [Problem]) -> TokenizerSection? {
    let old = node["tokenizer_source"].flatMap { $0.isNull ? nil : $0 }
    let section = node["tokenizer"].flatMap { $0.isNull ? nil : $0 }
    if let old, let section {
      problems.append(
        Problem(
          .badConfiguration, at: old.place,
          "there are both tokenizer_source and tokenizer (\(section.place))",
          expected: "one of them"))
      return nil
    }
    if let old {
      return TokenizerSection(
        source: source(old, into: &problems), tokens: [], padToMultipleOf: nil, place: old.place)
    }
    guard let section else { return nil }
    guard section.mapping != nil else {
      problems.append(
        Problem(
          .badConfiguration, at: section.place, "'tokenizer': found \(section.found)",
          expected: "{source: union}", hint: "tokenizer_source takes a single word"))
      return nil
    }
    ConfigKeys(["source", "tokens", "pad_to_multiple_of"]).check(section, into: &problems)
    return TokenizerSection(
      source: section["source"].map { source($0, into: &problems) } ?? .union,
      tokens: tokens(section["tokens"], into: &problems),
      padToMultipleOf: padding(section["pad_to_multiple_of"], into: &problems),
      place: section.place)
  }

  private func source(
    _ node: YAMLNode, into problems: inout [Problem]
  ) -> TokenizerSection.Source {
    switch node.string {
    case "union": return .union
    case "base": return .base
    default:
      return MergeModelReference.read(node, into: &problems).map { .model($0) } ?? .union
    }
  }

  private func padding(_ node: YAMLNode?, into problems: inout [Problem]) -> Int? {
    guard let node, !node.isNull else { return nil }
    if let number = node.int, (1...1_000_000).contains(number) { return number }
    problems.append(
      Problem(
        .badConfiguration, at: node.place, "'pad_to_multiple_of': found \(node.found)",
        expected: "a whole number from 1"))
    return nil
  }

  private func tokens(
    _ node: YAMLNode?, into problems: inout [Problem]
  ) -> [TokenizerSection.Token] {
    guard let node, !node.isNull else { return [] }
    guard let entries = node.mapping else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "'tokens': found \(node.found)",
          expected: "a mapping from tokens"))
      return []
    }
    return entries.map { entry in
      if entry.value.mapping == nil, !entry.value.isNull {
        problems.append(
          Problem(
            .badConfiguration, at: entry.value.place,
            "\(quoted(entry.key)): found \(entry.value.found)",
            expected: "{source: MODEL, force: FLAG}"))
      }
      ConfigKeys(["source", "force"]).check(entry.value, into: &problems)
      return TokenizerSection.Token(
        text: entry.key, row: row(entry.value["source"], into: &problems),
        isForced: TextKey("force").flag(in: entry.value, into: &problems) ?? false,
        place: entry.keyMark.description)
    }
  }

  private func row(
    _ node: YAMLNode?, into problems: inout [Problem]
  ) -> TokenizerSection.Token.Row? {
    guard let node, !node.isNull else { return nil }
    guard node["kind"] != nil else {
      return MergeModelReference.read(node, into: &problems).map { .model($0) }
    }
    let kind = node["kind"]?.string
    if kind == "zero" {
      ConfigKeys(["kind"]).check(node, into: &problems)
      return .zero
    }
    guard kind == "model_token" else {
      problems.append(
        Problem(
          .badConfiguration, at: node["kind"]?.place ?? node.place,
          "'kind': found \(node["kind"]?.found ?? "nothing")", expected: "zero or model_token"))
      return nil
    }
    ConfigKeys(["kind", "model", "token", "token_id"]).check(node, into: &problems)
    guard let model = node["model"].flatMap({ MergeModelReference.read($0, into: &problems) })
    else {
      problems.append(
        Problem(.badConfiguration, at: node.place, "a model_token has no 'model'"))
      return nil
    }
    switch (node["token"]?.string, node["token_id"]?.int) {
    case (let text?, nil): return .token(model, text: text)
    case (nil, let id?): return .id(model, id)
    default:
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "a model_token needs a token",
          expected: "exactly one of token and token_id"))
      return nil
    }
  }
}
