import Kernels

/// Byte-pair encoding: characters (or bytes), joined pair by pair in the order of the merges.
struct BPEModel: TokenModel {
  var vocabulary: Vocabulary
  var merges: MergeTable
  /// Pieces are raw bytes of a byte-level vocabulary: id of each single byte, -1 for none.
  var byteIDs: [Int32]?
  /// Raw bytes of byte-level tokens -> index into `wholeIDs`, for `takesWholeWords`.
  var wholeWords = TokenStrings()
  var wholeIDs: [Int32] = []
  var unknownID: Int32?
  var fusesUnknown = false
  /// Ids of `<0x00>` … `<0xFF>`, -1 for none; nil without byte fallback.
  var fallbackIDs: [Int32]?
  /// A piece that is a token is taken whole before any merge (`ignore_merges`).
  var takesWholeWords = false
  var continuingPrefix: [UInt8] = []
  var wordSuffix: [UInt8] = []

  var isCacheable: Bool { true }

  struct TableRule: MergeRule {
    let table: MergeTable
    @inline(__always)
    func merge(
      _ left: Int32, _ right: Int32, _ word: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
    ) -> UInt64 { table.find(left, right) }
  }

  func tokenize(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ scratch: EncodeScratch
  ) {
    if takesWholeWords, let whole = wholeWord(piece) {
      tokens.append(whole, base, base + piece.count)
      return
    }
    var workspace = MergeWorkspace()
    swap(&workspace, &scratch.merges)
    defer { swap(&workspace, &scratch.merges) }
    workspace.reset()
    if let byteIDs {
      addBytes(piece, byteIDs, to: &workspace)
    } else {
      addScalars(piece, to: &workspace)
    }
    workspace.mergeAll(TableRule(table: merges), piece)
    for symbol in workspace.symbols {
      tokens.append(symbol.id, base + Int(symbol.start), base + Int(symbol.end))
    }
  }

  private func wholeWord(_ piece: UnsafeBufferPointer<UInt8>) -> Int32? {
    byteIDs == nil ? vocabulary.id(piece) : wholeWords.index(of: piece).map { wholeIDs[$0] }
  }

  private func addBytes(
    _ piece: UnsafeBufferPointer<UInt8>, _ ids: [Int32], to workspace: inout MergeWorkspace
  ) {
    var position = 0
    var unknown: (start: Int, end: Int)?
    for byte in piece {
      let id = ids[Int(byte)]
      if id >= 0 {
        flush(&unknown, &workspace)
        workspace.append(id, position, position + 1)
      } else if unknownID != nil {
        addUnknown(&unknown, position, position + 1, &workspace)
      }
      position += 1
    }
    flush(&unknown, &workspace)
  }

  private func addScalars(
    _ piece: UnsafeBufferPointer<UInt8>, to workspace: inout MergeWorkspace
  ) {
    var unknown: (start: Int, end: Int)?
    var position = 0
    while position < piece.count {
      let end = position + utf8Length(piece[position])
      let character = UnsafeBufferPointer(rebasing: piece[position..<end])
      if let id = symbolID(character, isFirst: position == 0, isLast: end == piece.count) {
        flush(&unknown, &workspace)
        workspace.append(id, position, end)
      } else if let fallbackIDs, character.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
        for (offset, byte) in character.enumerated() {
          workspace.append(fallbackIDs[Int(byte)], position + offset, position + offset + 1)
        }
      } else if unknownID != nil {
        addUnknown(&unknown, position, end, &workspace)
      }
      position = end
    }
    flush(&unknown, &workspace)
  }

  @inline(__always)
  private func symbolID(
    _ character: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool
  ) -> Int32? {
    let prefix = isFirst ? [] : continuingPrefix
    let suffix = isLast ? wordSuffix : []
    if prefix.isEmpty, suffix.isEmpty { return vocabulary.id(character) }
    return vocabulary.id(prefix + Array(character) + suffix)
  }

  private func addUnknown(
    _ pending: inout (start: Int, end: Int)?, _ start: Int, _ end: Int,
    _ workspace: inout MergeWorkspace
  ) {
    if fusesUnknown, let first = pending?.start {
      pending = (first, end)
    } else {
      flush(&pending, &workspace)
      pending = (start, end)
    }
  }

  private func flush(_ pending: inout (start: Int, end: Int)?, _ workspace: inout MergeWorkspace) {
    guard let run = pending, let unknownID else { return }
    workspace.append(unknownID, run.start, run.end)
    pending = nil
  }
}
