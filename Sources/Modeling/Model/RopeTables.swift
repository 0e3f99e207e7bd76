internal import Kernels
internal import Synchronization

/// Rotary tables of a model, made when first needed: one for each rope and length class.
final class RopeTables: Sendable {
  private let ropes: [Rope]
  private let tables = Mutex<[Key: RopeTable]>([:])

  private struct Key: Hashable {
    let rope: Int
    let tableClass: Int
  }

  init(_ ropes: [Rope]) { self.ropes = ropes }

  /// The table of rope `index` for sequences of `length` tokens.
  func table(_ index: Int, length: Int) -> RopeTable {
    let rope = ropes[index]
    let key = Key(rope: index, tableClass: rope.tableClass(length: length))
    return tables.withLock { tables in
      if let table = tables[key] { return table }
      let frequencies = rope.frequencies(length: length)
      let table = RopeTable(
        inverseFrequencies: frequencies.inverse.map { Float($0) },
        attentionFactor: Float(frequencies.factor))
      // Dynamic scaling makes a table for every length: keep the last few only.
      if tables.count > 8 { tables.removeAll() }
      tables[key] = table
      return table
    }
  }

  /// Whether sequences of these two lengths need different tables.
  func differ(_ one: Int, _ other: Int) -> Bool {
    ropes.contains { $0.tableClass(length: one) != $0.tableClass(length: other) }
  }
}
