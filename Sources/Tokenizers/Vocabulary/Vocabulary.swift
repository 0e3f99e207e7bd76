/// The tokens of a model: strings with ids, looked up both ways.
package struct Vocabulary: Sendable {
  /// Ids are bounded so that a hostile file cannot make the tables below huge.
  package static let idLimit = 1 << 24

  private(set) var strings: TokenStrings
  /// Id of every string, by string index.
  private var ids: [Int32] = []
  /// String index of every id; -1 where an id has no token.
  private var indices: [Int32] = []

  package init(minimumCapacity: Int = 0) {
    strings = TokenStrings(minimumCapacity: minimumCapacity)
    ids.reserveCapacity(minimumCapacity)
    indices.reserveCapacity(minimumCapacity)
  }

  package enum Conflict: Error {
    case outOfRange
    /// The token has this other id already.
    case tokenTaken(Int32)
    /// The id has this other token already.
    case idTaken(String)
  }

  /// Number of distinct tokens.
  package var count: Int { ids.count }
  /// One more than the largest id.
  package var idCount: Int { indices.count }

  /// Adds a token; nil when all is well.
  package mutating func insert(_ token: String, id: Int) -> Conflict? {
    guard id >= 0, id < Self.idLimit else { return .outOfRange }
    if id < indices.count, indices[id] >= 0 {
      return .idTaken(strings.text(Int(indices[id])))
    }
    let (index, isNew) = strings.insert(token)
    if !isNew { return .tokenTaken(ids[index]) }
    ids.append(Int32(truncatingIfNeeded: id))
    while indices.count <= id { indices.append(-1) }
    indices[id] = Int32(truncatingIfNeeded: index)
    return nil
  }

  /// As `insert`, but a token that comes again keeps its first id for text -> id or takes the new
  /// one (`lastWins`), and every id keeps its text: lists of pieces may repeat a piece.
  package mutating func insertPiece(_ token: String, lastWins: Bool) {
    let id = Int32(truncatingIfNeeded: indices.count)
    let (index, isNew) = strings.insert(token)
    if isNew { ids.append(id) } else if lastWins { ids[index] = id }
    indices.append(Int32(truncatingIfNeeded: index))
  }

  package func id(_ token: String) -> Int32? { strings.index(of: token).map { ids[$0] } }

  @inline(__always)
  func id(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
    strings.index(of: bytes).map { ids[$0] }
  }

  func id(_ bytes: some Sequence<UInt8>) -> Int32? { strings.index(of: bytes).map { ids[$0] } }

  /// The bytes of token `id`, nil when no token has it.
  func bytes(_ id: Int32) -> ArraySlice<UInt8>? {
    guard id >= 0, id < indices.count, indices[Int(id)] >= 0 else { return nil }
    return strings[Int(indices[Int(id)])]
  }

  /// The text of token `id`, nil when no token has it.
  package func token(_ id: Int32) -> String? {
    bytes(id).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Ids of the tokens `<0x00>` … `<0xFF>`, -1 where one is missing.
  func byteTokens() -> [Int32] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return id("<0x\(digits.count < 2 ? "0" : "")\(digits)>") ?? -1
    }
  }
}
