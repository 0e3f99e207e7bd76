extension DataSchema {
  /// WRPO's own: one prompt message, the source's and the target's response, the worst one.
  static let wrpoMessages = DataSchema(
    "wrpo",
    #"{"prompt": message, "chosen": [source's message, target's message], "rejected": [message]}"#,
    recognises: { $0["prompt"]?.object != nil || hasTwoAnswers($0) }
  ) { reader in
    reader.prompt()
    reader.readTriple { reader, value, key in reader.answer(value, key) }
  }

  /// A list for the prompt, but two answers in a row: WRPO with a longer prompt.
  private static func hasTwoAnswers(_ row: JSONObject) -> Bool {
    guard row["prompt"]?.array != nil, let chosen = row["chosen"]?.array, chosen.count == 2,
      row["rejected"]?.array?.count == 1
    else { return false }
    return chosen.allSatisfy { $0["role"]?.string == "assistant" }
  }

  /// The same after templating: texts that are used as they stand.
  static let wrpoText = DataSchema(
    "wrpo text", #"{"prompt": "…", "chosen": ["source's", "target's"], "rejected": ["…"]}"#,
    recognises: { row in
      row["prompt"]?.string != nil && row["chosen"]?[0]?.string != nil
    }
  ) { reader in
    if let prompt = reader.text("prompt") { reader.plainPrompt(prompt) }
    reader.readTriple { reader, value, key in
      if value.string == nil { reader.fault(key, "\(key) must be a string") }
      return value.string
    }
  }
}

extension RowReader {
  /// `chosen` with two responses and `rejected` with one.
  fileprivate mutating func readTriple(
    _ answer: (inout RowReader, JSON, String) -> String?
  ) {
    if let chosen = array("chosen") {
      let texts = chosen.enumerated().map { answer(&self, $1, "chosen[\($0)]") }
      if chosen.count == 2 {
        (row.sourceChosen, row.targetChosen) = (texts[0], texts[1])
        row.chosen = texts[1]
      } else {
        fault("chosen", "chosen needs two responses (source, target)")
      }
    }
    if let rejected = array("rejected") {
      row.rejected = answer(&self, rejected[0], "rejected[0]")
      if rejected.count > 1 { fault("rejected", "rejected needs one response") }
    }
  }
}
