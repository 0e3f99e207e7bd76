import Formats
internal import Glibc
import Kernels

extension TokenizerTrainer {
  /// Special tokens, byte tokens, then pieces by falling probability.
  func unigram(_ words: WordCounts, _ specials: [String]) throws(Problem) -> JSON {
    let fixed = specials + Self.byteTokens
    let characters = words.characters(atLeast: minimumFrequency)
    try checkRoom(
      fixed.count + characters.count,
      "\(specials.count) special tokens, 256 bytes and \(characters.count) characters")
    var estimator = UnigramEstimator(
      words, characters: characters, splitsDigits: splitsDigits,
      minimumFrequency: minimumFrequency)
    let pieces = estimator.pieces(vocabularySize - fixed.count)
    // Byte and special tokens are never found by score; the least one keeps them out of the way.
    let least = pieces.map(\.score).min() ?? 0
    let fixedPieces: [JSON] = fixed.enumerated().map { index, token in
      [.string(token), .number(index < specials.count ? 0 : least)]
    }
    let model: JSON = [
      "type": "Unigram", "unk_id": .int(Int64(specials.firstIndex(of: "<unk>") ?? 0)),
      "vocab": .array(fixedPieces + pieces.map { [.string($0.text), .number($0.score)] }),
      "byte_fallback": true,
    ]
    return file(model, specials, decoder: sentencePieceDecoder)
  }
}

/// Expectation-maximisation over the pieces of words, with pruning of those that matter least.
struct UnigramEstimator {
  private struct Piece {
    var bytes: [UInt8]
    /// Log-probability.
    var score: Double
    /// Single characters stay, whatever they are worth.
    var isRequired: Bool
  }

  private let words: WordCounts
  private var current: [Piece] = []
  private static let longestPiece = 12
  private static let seedLimit = 200_000
  private static let keptShare = 0.75

  init(_ words: WordCounts, characters: [UInt32], splitsDigits: Bool, minimumFrequency: Int) {
    self.words = words
    let known = Set(characters)
    var frequency = TokenStrings()
    var counts: [Int] = []
    for index in 0..<words.count {
      let values = words.bytes(index).scalarValues
      for start in values.indices {
        var bytes: [UInt8] = []
        for end in start..<min(values.count, start + Self.longestPiece) {
          let value = values[end]
          let isAlone = splitsDigits && ScalarClass.of(value).contains(.number)
          if !known.contains(value) || (isAlone && end > start) { break }
          bytes.appendScalar(value)
          let (piece, isNew) = bytes.withUnsafeBufferPointer { frequency.insert($0) }
          if isNew { counts.append(0) }
          counts[piece] += words.counts[index]
          if isAlone { break }
        }
      }
    }
    seed(frequency, counts, minimumFrequency)
  }

  private mutating func seed(_ strings: TokenStrings, _ counts: [Int], _ minimum: Int) {
    var seeds: [(piece: Piece, weight: Int)] = []
    for index in 0..<strings.count {
      let bytes = Array(strings[index])
      let length = bytes.scalarValues.count
      guard length == 1 || counts[index] >= minimum else { continue }
      seeds.append((Piece(bytes: bytes, score: 0, isRequired: length == 1), counts[index] * length))
    }
    seeds.sort {
      if $0.piece.isRequired != $1.piece.isRequired { return $0.piece.isRequired }
      if $0.weight != $1.weight { return $0.weight > $1.weight }
      return $0.piece.bytes.lexicographicallyPrecedes($1.piece.bytes)
    }
    seeds = Array(seeds.prefix(Self.seedLimit))
    let total = seeds.reduce(0.0) { $0 + Double($1.weight) }
    current = seeds.map {
      var piece = $0.piece
      piece.score = log(Double(max(1, $0.weight)) / max(1, total))
      return piece
    }
  }

  /// At most `count` pieces, the most probable first.
  mutating func pieces(_ count: Int) -> [(text: String, score: Double)] {
    while true {
      var expected = expectations()
      reestimate(expected)
      expected = expectations()
      reestimate(expected)
      if current.count <= count { break }
      prune(expected, to: max(count, Int(Double(current.count) * Self.keptShare)))
    }
    return current.sorted {
      $0.score != $1.score
        ? $0.score > $1.score : $0.bytes.lexicographicallyPrecedes($1.bytes)
    }.map { (String(decoding: $0.bytes, as: UTF8.self), $0.score) }
  }

  /// How often every piece is expected to be used (forward-backward over all words).
  private func expectations() -> [Double] {
    let trie = ByteTrie(current.enumerated().map { ($0.element.bytes, Int32($0.offset)) })
    var expected = [Double](repeating: 0, count: current.count)
    var edges: [(start: Int, end: Int, piece: Int)] = []
    for word in 0..<words.count {
      let bytes = words.bytes(word)
      Self.collectEdges(bytes, trie, &edges)
      add(edges, length: bytes.count, weight: Double(words.counts[word]), to: &expected)
    }
    return expected
  }

  private static func collectEdges(
    _ bytes: [UInt8], _ trie: ByteTrie, _ edges: inout [(start: Int, end: Int, piece: Int)]
  ) {
    edges.removeAll(keepingCapacity: true)
    var start = 0
    while start < bytes.count {
      var node: Int32 = 0
      var position = start
      while position < bytes.count {
        node = trie.child(node, bytes[position])
        if node < 0 { break }
        position += 1
        if trie.value(node) >= 0 { edges.append((start, position, Int(trie.value(node)))) }
      }
      start += utf8Length(bytes[start])
    }
  }

  private func add(
    _ edges: [(start: Int, end: Int, piece: Int)], length: Int, weight: Double,
    to expected: inout [Double]
  ) {
    let none = -Double.infinity
    var forward = [Double](repeating: none, count: length + 1)
    var backward = forward
    forward[0] = 0
    backward[length] = 0
    for edge in edges {
      forward[edge.end] = Self.logSum(
        forward[edge.end], forward[edge.start] + current[edge.piece].score)
    }
    // A word with a character that is no piece has no path; it teaches nothing.
    let total = forward[length]
    guard total > none else { return }
    for edge in edges.reversed() {
      backward[edge.start] = Self.logSum(
        backward[edge.start], backward[edge.end] + current[edge.piece].score)
    }
    for edge in edges {
      let way = forward[edge.start] + current[edge.piece].score + backward[edge.end] - total
      if way > -50 { expected[edge.piece] += weight * exp(way) }
    }
  }

  private static func logSum(_ one: Double, _ other: Double) -> Double {
    let (high, low) = one > other ? (one, other) : (other, one)
    if low == -Double.infinity { return high }
    return high + log1p(exp(low - high))
  }

  private mutating func reestimate(_ expected: [Double]) {
    let total = expected.reduce(0) { $0 + max($1, 0.01) }
    for index in current.indices {
      current[index].score = log(max(expected[index], 0.01) / total)
    }
  }

  /// Keeps `count` pieces: all single characters, then those that are used most.
  private mutating func prune(_ expected: [Double], to count: Int) {
    let order = current.indices.sorted { one, other in
      let (left, right) = (current[one], current[other])
      if left.isRequired != right.isRequired { return left.isRequired }
      if expected[one] != expected[other] { return expected[one] > expected[other] }
      return left.bytes.lexicographicallyPrecedes(right.bytes)
    }
    let kept = order.prefix(max(count, current.count { $0.isRequired })).sorted()
    current = kept.map { current[$0] }
  }
}
