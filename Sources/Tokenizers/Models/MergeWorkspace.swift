/// Says what two neighbouring symbols merge to.
protocol MergeRule {
  /// Rank (high half) and new id (low half), `MergeTable.none` when they do not merge. The bytes
  /// of both symbols together are `start..<end` of the word.
  func merge(
    _ left: Int32, _ right: Int32, _ word: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> UInt64
}

/// The symbols of one word while they merge: lowest rank first, of equal ranks the leftmost.
struct MergeWorkspace {
  struct Symbol {
    var id: Int32
    /// The symbol's bytes in the word.
    var start: Int32
    var end: Int32
    var previous: Int32 = -1
    var next: Int32 = -1
    /// Rank and result of merging with the symbol to the right.
    var merge: UInt64 = MergeTable.none
  }

  var symbols: [Symbol] = []
  private var spareHeap: [UInt64] = []
  /// Up to this many symbols a scan for the least rank beats a heap.
  private static let scanLimit = 40

  mutating func reset() { symbols.removeAll(keepingCapacity: true) }

  @inline(__always)
  mutating func append(_ id: Int32, _ start: Int, _ end: Int) {
    symbols.append(
      Symbol(
        id: id, start: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: end)))
  }

  /// Merges until nothing merges any more; `symbols` then holds what is left, in order.
  @inline(__always)
  mutating func mergeAll(_ rule: some MergeRule, _ word: UnsafeBufferPointer<UInt8>) {
    guard symbols.count > 1 else { return }
    symbols.withUnsafeMutableBufferPointer { symbols in
      for index in 0..<symbols.count - 1 {
        symbols[index].merge = Self.merge(symbols[index], symbols[index + 1], rule, word)
      }
    }
    if symbols.count <= Self.scanLimit { mergeByScan(rule, word) } else { mergeByHeap(rule, word) }
  }

  @inline(__always)
  private static func merge(
    _ left: Symbol, _ right: Symbol, _ rule: some MergeRule, _ word: UnsafeBufferPointer<UInt8>
  ) -> UInt64 {
    rule.merge(left.id, right.id, word, Int(left.start), Int(right.end))
  }

  @inline(__always)
  private mutating func mergeByScan(_ rule: some MergeRule, _ word: UnsafeBufferPointer<UInt8>) {
    let left = symbols.withUnsafeMutableBufferPointer { symbols in
      var count = symbols.count
      while count > 1 {
        var best = 0
        var rank = symbols[0].merge >> 32
        for index in 1..<count - 1 where symbols[index].merge >> 32 < rank {
          (best, rank) = (index, symbols[index].merge >> 32)
        }
        let merge = symbols[best].merge
        if merge == MergeTable.none { break }
        symbols[best].id = Int32(truncatingIfNeeded: merge)
        symbols[best].end = symbols[best + 1].end
        for index in best + 1..<count - 1 { symbols[index] = symbols[index + 1] }
        count -= 1
        symbols[best].merge =
          best + 1 < count
          ? Self.merge(symbols[best], symbols[best + 1], rule, word) : MergeTable.none
        if best > 0 {
          symbols[best - 1].merge = Self.merge(symbols[best - 1], symbols[best], rule, word)
        }
      }
      return count
    }
    symbols.removeLast(symbols.count - left)
  }

  @inline(__always)
  private mutating func mergeByHeap(_ rule: some MergeRule, _ word: UnsafeBufferPointer<UInt8>) {
    var heap = MergeHeap(reusing: &spareHeap)
    symbols.withUnsafeMutableBufferPointer { symbols in
      for index in symbols.indices {
        symbols[index].previous = Int32(truncatingIfNeeded: index - 1)
        symbols[index].next =
          index + 1 < symbols.count ? Int32(truncatingIfNeeded: index + 1) : -1
        heap.push(symbols[index].merge, at: index)
      }
      while let (rank, index) = heap.pop() {
        // An entry is stale when its symbol is gone or merges differently by now.
        guard symbols[index].end >= 0, symbols[index].merge >> 32 == rank,
          symbols[index].merge != MergeTable.none
        else { continue }
        let right = Int(symbols[index].next)
        symbols[index].id = Int32(truncatingIfNeeded: symbols[index].merge)
        symbols[index].end = symbols[right].end
        symbols[index].next = symbols[right].next
        symbols[right].end = -1
        let (next, previous) = (Int(symbols[index].next), Int(symbols[index].previous))
        if next >= 0 { symbols[next].previous = Int32(truncatingIfNeeded: index) }
        for changed in [index, previous] where changed >= 0 {
          let right = Int(symbols[changed].next)
          symbols[changed].merge =
            right < 0
            ? MergeTable.none : Self.merge(symbols[changed], symbols[right], rule, word)
          heap.push(symbols[changed].merge, at: changed)
        }
      }
    }
    symbols.removeAll { $0.end < 0 }
    spareHeap = heap.entries
  }
}

/// A binary heap of ranks and positions: the least rank first, of equal ones the leftmost.
struct MergeHeap {
  private(set) var entries: [UInt64]

  /// An empty heap in the memory of `spare`.
  init(reusing spare: inout [UInt64]) {
    entries = []
    swap(&entries, &spare)
    entries.removeAll(keepingCapacity: true)
  }

  /// Adds a merge unless it is none.
  @inline(__always)
  mutating func push(_ merge: UInt64, at index: Int) {
    guard merge != MergeTable.none else { return }
    let entry = (merge >> 32) << 32 | UInt64(index)
    entries.append(entry)
    entries.withUnsafeMutableBufferPointer { heap in
      var child = heap.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        if heap[parent] <= entry { break }
        heap[child] = heap[parent]
        child = parent
      }
      heap[child] = entry
    }
  }

  /// Takes the first merge out.
  @inline(__always)
  mutating func pop() -> (rank: UInt64, index: Int)? {
    guard let last = entries.popLast() else { return nil }
    guard let top = entries.first else { return (last >> 32, Int(last & 0xFFFF_FFFF)) }
    entries.withUnsafeMutableBufferPointer { heap in
      var parent = 0
      while 2 * parent + 1 < heap.count {
        var child = 2 * parent + 1
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        if heap[child] >= last { break }
        heap[parent] = heap[child]
        parent = child
      }
      heap[parent] = last
    }
    return (top >> 32, Int(top & 0xFFFF_FFFF))
  }
}
