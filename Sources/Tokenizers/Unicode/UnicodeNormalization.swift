/// The four Unicode normalization forms over scalar values, with a note of how each came about.
enum UnicodeNormalization {
  enum Form: String, Sendable { case nfc, nfd, nfkc, nfkd }

  /// Brings `text` into `form`, alignment included.
  static func normalize(_ text: inout AlignedText, to form: Form) {
    if text.bytes.allSatisfy({ $0 < 0x80 }) { return }
    let values = text.bytes.scalarValues
    let tables = UnicodeTables.shared
    if values.allSatisfy({ tables.isInert($0, form) }) { return }
    var changes = decomposed(values, compatibility: form == .nfkc || form == .nfkd)
    if form == .nfc || form == .nfkc { changes = composed(changes) }
    text.rewrite(changes)
  }

  /// Canonical or compatibility decomposition, marks in canonical order.
  static func decomposed(_ values: [UInt32], compatibility: Bool) -> [AlignedText.Change] {
    let tables = UnicodeTables.shared
    var result: [AlignedText.Change] = []
    result.reserveCapacity(values.count)
    var parts: [UInt32] = []
    /// Where the run of marks begins that may still be reordered.
    var run = 0
    for value in values {
      parts.removeAll(keepingCapacity: true)
      tables.decompose(value, compatibility: compatibility, into: &parts)
      for (index, part) in parts.enumerated() {
        if tables.combiningClass(part) == 0 {
          order(&result, from: run)
          result.append((part, index == 0 ? 0 : 1))
          run = result.count
        } else {
          result.append((part, index == 0 ? 0 : 1))
        }
      }
    }
    order(&result, from: run)
    return result
  }

  /// Sorts marks by combining class, equal ones in the order they came.
  private static func order(_ changes: inout [AlignedText.Change], from start: Int) {
    guard changes.count - start > 1 else { return }
    let tables = UnicodeTables.shared
    for index in (start + 1)..<changes.count {
      var position = index
      let moving = changes[index]
      let order = tables.combiningClass(moving.scalar)
      while position > start, tables.combiningClass(changes[position - 1].scalar) > order {
        changes[position] = changes[position - 1]
        position -= 1
      }
      changes[position] = moving
    }
  }

  /// Canonical composition of decomposed text.
  static func composed(_ changes: [AlignedText.Change]) -> [AlignedText.Change] {
    let tables = UnicodeTables.shared
    var result: [AlignedText.Change] = []
    result.reserveCapacity(changes.count)
    /// Index in `result` of the starter that later characters may join.
    var starter: Int?
    /// Combining class of the mark before, nil when the starter is directly before.
    var lastClass: UInt8?
    for change in changes {
      let order = tables.combiningClass(change.scalar)
      let isBlocked = lastClass.map { $0 >= order } ?? false
      if let starter, !isBlocked,
        let joined = tables.composition(result[starter].scalar, change.scalar)
      {
        result[starter] = (joined, result[starter].change + change.change - 1)
        continue
      }
      if order == 0 {
        starter = result.count
        lastClass = nil
      } else if starter != nil {
        lastClass = order
      }
      result.append(change)
    }
    return result
  }
}
