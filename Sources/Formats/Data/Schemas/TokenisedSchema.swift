extension DataSchema {
  /// Rows that are tokenised already: WRPO's (`chosen0_…` the source's response, `chosen1_…` the
  /// target's, `rejected0_…`), DPO's (`chosen_…`, `rejected_…`) or a single sequence.
  static let tokenised = DataSchema(
    "tokenised rows",
    #"{"chosen0_input_ids": [1, …], "chosen0_labels": [-100, …], "chosen1_…", "rejected0_…"}"#,
    recognises: { row in
      row.keys.contains { $0.hasSuffix("input_ids") }
    }
  ) { reader in
    let keys = reader.object.keys
    func prefix(_ candidates: String...) -> String? {
      candidates.first { name in keys.contains { $0.hasPrefix(name) } }
    }
    if keys.contains("input_ids") {
      reader.row.tokens = reader.sequence("").map { TokenisedRow(chosen: $0) }
      return
    }
    let isWRPO = keys.contains { $0.hasPrefix("chosen1_") }
    let source = isWRPO ? reader.sequence("chosen0_") : nil
    let chosen = reader.sequence(isWRPO ? "chosen1_" : prefix("chosen0_") ?? "chosen_")
    let rejected = reader.sequence(prefix("rejected0_") ?? "rejected_")
    if let chosen, let rejected, !isWRPO || source != nil {
      reader.row.tokens = TokenisedRow(source: source, chosen: chosen, rejected: rejected)
    }
  }
}

extension RowReader {
  /// `<prefix>input_ids` with `<prefix>labels`.
  fileprivate mutating func sequence(_ prefix: String) -> TokenisedRow.Sequence? {
    _ = optional(prefix + "attention_mask")
    let ids = integers(prefix + "input_ids", lowest: 0)
    let labels = integers(prefix + "labels", lowest: -100)
    guard let ids, let labels else { return nil }
    let key = prefix + "labels"
    guard ids.count == labels.count else {
      fault(key, "\(labels.count) labels for \(ids.count) ids")
      return nil
    }
    guard zip(ids, labels).allSatisfy({ $1 == -100 || $1 == $0 }) else {
      fault(key, "a label must be its token's id or -100")
      return nil
    }
    guard labels.dropFirst().contains(where: { $0 != -100 }) else {
      fault(key, "no token counts: every label is -100")
      return nil
    }
    return TokenisedRow.Sequence(ids: ids, labels: labels)
  }

  private mutating func integers(_ key: String, lowest: Int32) -> [Int32]? {
    guard let items = array(key) else { return nil }
    let numbers = items.compactMap { $0.int.flatMap { Int32(exactly: $0) } }
    guard numbers.count == items.count, numbers.allSatisfy({ $0 >= lowest }) else {
      fault(key, "\(key) must be an array of token ids")
      return nil
    }
    return numbers
  }
}
