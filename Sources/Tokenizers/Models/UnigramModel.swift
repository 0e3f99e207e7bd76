import Kernels

/// SentencePiece's Unigram: the segmentation with the highest sum of scores (Viterbi).
struct UnigramModel: TokenModel {
  var vocabulary: Vocabulary
  /// Log-probability of every id.
  var scores: [Double]
  var unknownID: Int32?
  /// Ids of `<0x00>` … `<0xFF>`, -1 for none; nil without byte fallback.
  var fallbackIDs: [Int32]?
  private let trie: ByteTrie
  /// What an unknown character costs: ten less than the worst token.
  private let unknownScore: Double

  var isCacheable: Bool { true }

  init(vocabulary: Vocabulary, scores: [Double], unknownID: Int32?, usesByteFallback: Bool) {
    self.vocabulary = vocabulary
    self.scores = scores
    self.unknownID = unknownID
    fallbackIDs = usesByteFallback ? vocabulary.byteTokens() : nil
    trie = ByteTrie(
      (0..<vocabulary.strings.count).map { index in
        let bytes = Array(vocabulary.strings[index])
        return (bytes, vocabulary.id(bytes) ?? 0)
      })
    unknownScore = (scores.min() ?? 0) - 10
  }

  func tokenize(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ scratch: EncodeScratch
  ) throws(Problem) {
    var lattice = UnigramLattice()
    swap(&lattice, &scratch.lattice)
    defer { swap(&lattice, &scratch.lattice) }
    guard search(piece, &lattice) else {
      throw Problem(
        .badData, "a character is not in the vocabulary and the model has no unknown token")
    }
    lattice.path.removeAll(keepingCapacity: true)
    var end = piece.count
    while end > 0 {
      lattice.path.append(end)
      end = Int(lattice.nodes[end].start)
    }
    emit(piece, lattice, at: base, into: &tokens)
  }

  /// Fills the best way to every position; false when one cannot be reached.
  private func search(_ piece: UnsafeBufferPointer<UInt8>, _ lattice: inout UnigramLattice) -> Bool
  {
    lattice.reset(piece.count + 1)
    return lattice.nodes.withUnsafeMutableBufferPointer { nodes in
      var start = 0
      while start < piece.count {
        let here = nodes[start].score
        let width = utf8Length(piece[start])
        var hasSingle = false
        var node: Int32 = 0
        var position = start
        while position < piece.count {
          node = trie.child(node, piece[position])
          if node < 0 { break }
          position += 1
          let id = trie.value(node)
          guard id >= 0 else { continue }
          nodes[position].improve(here + scores[Int(id)], start, id)
          if position - start == width { hasSingle = true }
        }
        if !hasSingle {
          guard let unknownID else { return false }
          nodes[start + width].improve(here + unknownScore, start, unknownID)
        }
        start += width
      }
      return true
    }
  }

  /// Appends the tokens of the best path, runs of unknown ones as one.
  private func emit(
    _ piece: UnsafeBufferPointer<UInt8>, _ lattice: UnigramLattice, at base: Int,
    into tokens: inout TokenRuns
  ) {
    var index = lattice.path.count - 1
    var start = 0
    while index >= 0 {
      var end = lattice.path[index]
      let id = lattice.nodes[end].id
      if id == unknownID {
        while index > 0, lattice.nodes[lattice.path[index - 1]].id == unknownID {
          index -= 1
          end = lattice.path[index]
        }
        emitUnknown(piece, start..<end, at: base, into: &tokens)
      } else {
        tokens.append(id, base + start, base + end)
      }
      start = end
      index -= 1
    }
  }

  private func emitUnknown(
    _ piece: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, at base: Int,
    into tokens: inout TokenRuns
  ) {
    let text = UnsafeBufferPointer(rebasing: piece[range])
    let (start, end) = (base + range.lowerBound, base + range.upperBound)
    if let id = vocabulary.id(text) {
      tokens.append(id, start, end)
    } else if let fallbackIDs, text.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
      for byte in text { tokens.append(fallbackIDs[Int(byte)], start, end) }
    } else if let unknownID {
      tokens.append(unknownID, start, end)
    }
  }
}

/// The best way to every position of a piece.
struct UnigramLattice {
  struct Node {
    var score = 0.0
    /// Where the last token of the best way begins, -1 when no way is known.
    var start: Int32 = -1
    var id: Int32 = -1

    /// Takes the way over a token from `start` when it is better; of equal ones the first stays.
    @inline(__always)
    mutating func improve(_ score: Double, _ start: Int, _ id: Int32) {
      guard self.start < 0 || score > self.score else { return }
      self.score = score
      self.start = Int32(truncatingIfNeeded: start)
      self.id = id
    }
  }

  var nodes: [Node] = []
  /// Ends of the tokens on the best path, last one first.
  var path: [Int] = []

  mutating func reset(_ count: Int) {
    nodes.removeAll(keepingCapacity: true)
    nodes.append(contentsOf: repeatElement(Node(), count: count))
  }
}
