import PluginAPI

/// Prompts and few-shot examples read from data files.
enum PromptFile {
  /// Every row of a JSON Lines file as a prompt. Rows may follow any schema that has prompts.
  static func prompts(path: String) throws -> [Prompt] {
    let data = try DataSet.read(path: path)
    let prompts = data.rows.map { row in
      Prompt(
        id: row.id, messages: row.prompt, skill: row.fields["skill"]?.string,
        reference: row.reference, fields: row.fields, place: "\(path):\(row.line)")
    }
    if let clash = firstRepeated(prompts.map(\.id)) {
      throw Problem(
        .badData, at: prompts[clash].place, "the id \(quoted(prompts[clash].id)) was used before",
        expected: "another id for every row")
    }
    return prompts
  }

  /// Rows with a prompt and an answer, as the turns of one conversation.
  static func shots(path: String) throws -> [Message] {
    try DataSet.read(path: path).rows.flatMap { row -> [Message] in
      guard let answer = row.chosen ?? row.targetChosen ?? row.reference else {
        throw Problem(
          .badData, at: "\(path):\(row.line)", "this example has no answer",
          expected: "{\"prompt\": …, \"completion\": …}")
      }
      return row.prompt + [Message(role: "assistant", content: answer)]
    }
  }

  private static func firstRepeated(_ ids: [String]) -> Int? {
    var seen: Set<String> = []
    return ids.firstIndex { !seen.insert($0).inserted }
  }
}
