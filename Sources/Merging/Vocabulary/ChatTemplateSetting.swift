internal import Formats
internal import Kernels

/// The template that a configuration's `chat_template` means.
///
/// - Parameters:
///   - setting: `auto`, which is the template that most of `members` have, of equally many the one
///     that comes first; the name of a built-in format (`alpaca`, `chatml`, `exaone`, `llama3`,
///     `mistral`); or the Jinja text itself.
///   - members: The models of the merge in the order of the file.
///   - place: `FILE:LINE:COLUMN` of the setting, for messages.
/// - Returns: The text of chat_template.jinja; nil when `auto` finds no model with a template.
/// - Throws: `Problem` (78) for text that is no template: without `{`, shorter than 20
///   characters, or with a syntax error.
public func resolveChatTemplate(
  _ setting: String, members: [VocabularyMember], place: String? = nil
) throws -> String? {
  if setting == "auto" { return mostFrequentTemplate(of: members) }
  if let builtin = BuiltinChatTemplates.named(setting) { return builtin }
  try checkTemplate(setting, place: place)
  return setting
}

private func checkTemplate(_ text: String, place: String?) throws(Problem) {
  let names = ["auto"] + BuiltinChatTemplates.all.map(\.name)
  guard text.unicodeScalars.contains("{"), text.unicodeScalars.count >= 20 else {
    throw Problem(
      .badConfiguration, at: place, "chat_template \(quoted(text)) is no template",
      expected: "\(names.joined(separator: ", ")), or Jinja text of at least 20 characters",
      hint: closest(to: text, among: names).map { "did you mean \(quoted($0))?" })
  }
  do {
    _ = try ChatTemplate(source: text, name: "chat_template")
  } catch {
    throw Problem(
      .badConfiguration, at: place, "chat_template cannot be read as Jinja: \(error)")
  }
}

/// Templates count as one when they are equal without the white space around them.
private func mostFrequentTemplate(of members: [VocabularyMember]) -> String? {
  var counts: [(text: String, count: Int)] = []
  for member in members {
    guard let text = chatTemplate(in: member.directory) else { continue }
    // By bytes: Swift takes canonically equivalent texts for equal.
    if let known = counts.firstIndex(where: { $0.text.utf8.elementsEqual(text.utf8) }) {
      counts[known].count += 1
    } else {
      counts.append((text, 1))
    }
  }
  let most = counts.map(\.count).max()
  return counts.first { $0.count == most }?.text
}

/// The template of a model's folder without the white space around it, nil for none: that of
/// chat_template.jinja, else of tokenizer_config.json, of a named set the one called `default`.
private func chatTemplate(in directory: String) -> String? {
  var text = try? readText(directory + "/chat_template.jinja")
  if text == nil {
    let config = try? JSON.parse(file: directory + "/tokenizer_config.json")
    let template = config?["chat_template"]
    text =
      template?.string
      ?? template?.array?.first { $0["name"]?.string == "default" }?["template"]?.string
      ?? template?["default"]?.string
  }
  let stripped = stripped(text ?? "")
  return stripped.isEmpty ? nil : stripped
}

private func stripped(_ text: String) -> String {
  let scalars = text.unicodeScalars
  let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
  guard let first = scalars.firstIndex(where: { !isSpace($0) }),
    let last = scalars.lastIndex(where: { !isSpace($0) })
  else { return "" }
  return String(scalars[first...last])
}
