extension DataSchema {
  /// TRL, standard, prompt given.
  static let explicitText = DataSchema(
    "preference, text", #"{"prompt": "…", "chosen": "…", "rejected": "…"}"#,
    recognises: { $0["prompt"]?.string != nil && hasPreference($0) }
  ) { reader in
    if let prompt = reader.text("prompt") { reader.plainPrompt(prompt) }
    reader.row.chosen = reader.text("chosen")
    reader.row.rejected = reader.text("rejected")
    reader.readScores()
  }

  /// TRL, conversational, prompt given.
  static let explicitMessages = DataSchema(
    "preference, messages",
    #"{"prompt": [message, …], "chosen": [message], "rejected": [message]}"#,
    recognises: { $0["prompt"]?.array != nil && hasPreference($0) }
  ) { reader in
    reader.prompt()
    let chosen = reader.messages("chosen")
    let rejected = reader.messages("rejected")
    reader.take(chosen, rejected)
    reader.readScores()
  }

  /// TRL, standard: the prompt is what both texts begin with.
  static let implicitText = DataSchema(
    "preference, text, prompt implied", #"{"chosen": "prompt and …", "rejected": "prompt and …"}"#,
    recognises: { row in
      row["prompt"] == nil && hasPreference(row)
        && [row["chosen"], row["rejected"]].contains { $0?.string != nil }
    }
  ) { reader in
    guard let chosen = reader.text("chosen"), let rejected = reader.text("rejected") else { return }
    let (a, b) = (Array(chosen.unicodeScalars), Array(rejected.unicodeScalars))
    guard let border = sharedPrompt(a, b, isSpace: { $0 == " " }) else {
      reader.fault(a.isEmpty ? "chosen" : "rejected", "an empty text")
      return
    }
    reader.plainPrompt(PythonText(scalars: a[..<border]).string)
    reader.row.chosen = PythonText(scalars: a[border...]).string
    reader.row.rejected = PythonText(scalars: b[border...]).string
    reader.readScores()
  }

  /// TRL, conversational: the prompt is the messages that both begin with.
  static let implicitMessages = DataSchema(
    "preference, messages, prompt implied",
    #"{"chosen": [message, …], "rejected": [message, …]}"#,
    recognises: { $0["prompt"] == nil && hasPreference($0) }
  ) { reader in
    reader.readImplicitMessages()
    reader.readScores()
  }

  /// UltraFeedback-binarized: a text for the prompt, and whole conversations.
  static let ultraFeedback = DataSchema(
    "ultrafeedback binarized",
    #"{"prompt": "…", "chosen": [message, …], "rejected": [message, …], "score_chosen", …}"#,
    recognises: { row in
      row["prompt"]?.string != nil && row["chosen"]?.array != nil
        || row["prompt"]?.string != nil && row["rejected"]?.array != nil
    }
  ) { reader in
    _ = reader.text("prompt")
    _ = reader.optional("messages")
    reader.readImplicitMessages()
    reader.readScores()
  }

  private static func hasPreference(_ row: JSONObject) -> Bool {
    row["chosen"] != nil || row["rejected"] != nil
  }
}

/// Where two responses that begin with the same prompt part, as TRL's `extract_prompt` finds it:
/// at the first difference, one earlier when a space stands before it; one before the end of the
/// shorter when that is all the other begins with. Nil when one is empty.
func sharedPrompt<Element: Equatable>(
  _ a: [Element], _ b: [Element], isSpace: (Element) -> Bool
) -> Int? {
  let shorter = min(a.count, b.count)
  guard shorter > 0 else { return nil }
  guard let border = (0..<shorter).first(where: { a[$0] != b[$0] }) else { return shorter - 1 }
  return border > 0 && isSpace(a[border - 1]) ? border - 1 : border
}

extension RowReader {
  /// Answers as turns.
  fileprivate mutating func take(_ chosen: [Message]?, _ rejected: [Message]?) {
    if let chosen {
      row.chosen = ends(chosen, withAnswerUnder: "chosen")
      row.chosenMessages = chosen
    }
    if let rejected {
      row.rejected = ends(rejected, withAnswerUnder: "rejected")
      row.rejectedMessages = rejected
    }
  }

  /// `chosen` and `rejected` as whole conversations with the prompt in front.
  mutating func readImplicitMessages() {
    let chosen = messages("chosen")
    let rejected = messages("rejected")
    guard let chosen, let rejected,
      let border = sharedPrompt(chosen, rejected, isSpace: { _ in false })
    else { return }
    row.prompt = Array(chosen[..<border])
    if row.prompt.isEmpty { fault("chosen", "chosen and rejected share no prompt") }
    take(Array(chosen[border...]), Array(rejected[border...]))
  }

  fileprivate mutating func readScores() {
    row.chosenScore = score("score_chosen")
    row.rejectedScore = score("score_rejected")
  }
}
