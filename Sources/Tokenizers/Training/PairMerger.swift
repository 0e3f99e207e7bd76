/// Finds the merges of BPE: again and again the pair of neighbours that occurs most often.
/// Of equally frequent pairs the one with the smaller ids wins, so the result is one and the same.
struct PairMerger {
  struct Merge {
    var left: Int32
    var right: Int32
  }

  private var words: [[Int32]]
  private let counts: [Int]
  private var pairCounts: [UInt64: Int] = [:]
  /// Words that held a pair when it was counted; some may have lost it since.
  private var occurrences: [UInt64: [Int32]] = [:]
  private let mayMerge: (Int32) -> Bool

  /// - Parameters:
  ///   - words: Symbols of every distinct word; `counts` says how often it occurs.
  ///   - mayMerge: Whether a first symbol may be part of a longer token.
  init(words: [[Int32]], counts: [Int], mayMerge: @escaping (Int32) -> Bool) {
    self.words = words
    self.counts = counts
    self.mayMerge = mayMerge
    for index in words.indices { change(index, by: counts[index]) }
  }

  /// The most frequent pair, nil when none occurs `minimum` times.
  func best(minimum: Int) -> Merge? {
    var best: (key: UInt64, count: Int)?
    for (key, count) in pairCounts where count >= minimum {
      if let found = best, found.count > count || (found.count == count && found.key < key) {
        continue
      }
      best = (key, count)
    }
    return best.map {
      Merge(left: Int32(truncatingIfNeeded: $0.key >> 32), right: Int32(truncatingIfNeeded: $0.key))
    }
  }

  /// Joins the pair wherever it occurs; the result is symbol `id`.
  mutating func apply(_ merge: Merge, id: Int32) {
    let key = Self.key(merge.left, merge.right)
    for index in Set(occurrences[key] ?? []).sorted() {
      let index = Int(index)
      change(index, by: -counts[index], recording: false)
      words[index] = Self.merged(words[index], merge, id)
      change(index, by: counts[index])
    }
    pairCounts[key] = nil
    occurrences[key] = nil
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private mutating func change(_ index: Int, by count: Int, recording: Bool = true) {
    let word = words[index]
    guard word.count > 1 else { return }
    for position in 0..<word.count - 1 {
      guard mayMerge(word[position]), mayMerge(word[position + 1]) else { continue }
      let key = Self.key(word[position], word[position + 1])
      let changed = pairCounts[key, default: 0] + count
      pairCounts[key] = changed > 0 ? changed : nil
      if recording { occurrences[key, default: []].append(Int32(truncatingIfNeeded: index)) }
    }
  }

  private static func merged(_ word: [Int32], _ merge: Merge, _ id: Int32) -> [Int32] {
    var result: [Int32] = []
    var position = 0
    while position < word.count {
      if position + 1 < word.count, word[position] == merge.left, word[position + 1] == merge.right
      {
        result.append(id)
        position += 2
      } else {
        result.append(word[position])
        position += 1
      }
    }
    return result
  }
}
