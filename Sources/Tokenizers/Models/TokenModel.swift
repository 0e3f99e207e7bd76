import Kernels

/// Turns pieces of text into tokens.
protocol TokenModel: Sendable {
  var vocabulary: Vocabulary { get }
  /// Tokenizes one piece; `base` is where it lies in the segment.
  func tokenize(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ scratch: EncodeScratch
  ) throws(Problem)
  /// Whether a piece's tokens depend on nothing but its bytes, and are worth remembering.
  var isCacheable: Bool { get }
}

/// Tokens of a segment: ids and the bytes of the segment that each one covers.
struct TokenRuns {
  var ids: [Int32] = []
  var spans: [Piece] = []

  @inline(__always)
  mutating func append(_ id: Int32, _ start: Int, _ end: Int) {
    ids.append(id)
    spans.append(Piece(start, end))
  }

  mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    spans.removeAll(keepingCapacity: true)
  }
}

/// What one encoding thread writes to: buffers that live from call to call.
final class EncodeScratch {
  lazy var matcher = Regex.Matcher()
  var cache = WordCache()
  var merges = MergeWorkspace()
  var tokens = TokenRuns()
  var lattice = UnigramLattice()
  private var spare: [[Piece]] = []

  func takePieces() -> [Piece] {
    guard var pieces = spare.popLast() else { return [] }
    pieces.removeAll(keepingCapacity: true)
    return pieces
  }

  func giveBack(_ pieces: consuming [Piece]) {
    // A huge document should not pin its buffers for ever.
    if spare.count < 4, pieces.capacity < 1 << 20 { spare.append(pieces) }
  }
}
