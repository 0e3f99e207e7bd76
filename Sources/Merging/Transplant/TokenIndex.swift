internal import PluginAPI

/// A token as two vocabularies can compare it: the bytes it stands for, so that `▁the`, `Ġthe` and
/// ` the` are one, and `é` is the same however bytes are spelled. Byte tokens (`<0xC3>`) are kept
/// apart from text: they are what is left where a text has no token.
enum TokenKey: Hashable {
  case text([UInt8])
  case byte(UInt8)

  init?(_ id: Int, of tokenizer: Tokenizer) {
    guard let id = Int32(exactly: id), let raw = tokenizer.rawBytes(id) else { return nil }
    let spelling = tokenizer.token(id) ?? ""
    let isByte = raw.count == 1 && spelling.utf8.count == 6 && spelling.hasPrefix("<0x")
    self = isByte ? .byte(raw[0]) : .text(raw)
  }
}

/// Ids by what tokens stand for.
struct TokenIndex {
  let ids: [TokenKey: Int]
  /// Ids of special tokens by role (`bos_token`).
  let roles: [String: Int]

  /// - Parameters:
  ///   - rows: Of the matrix that ids index. Ids beyond have no row and count as absent.
  ///   - skipped: Ids to leave out.
  init(_ tokenizer: Tokenizer, rows: Int, skipping skipped: Set<Int> = []) {
    var ids: [TokenKey: Int] = [:]
    for id in 0..<min(rows, tokenizer.vocabularySize) where !skipped.contains(id) {
      // Of two tokens that stand for the same bytes the first counts: later ones are additions.
      if let key = TokenKey(id, of: tokenizer), ids[key] == nil { ids[key] = id }
    }
    self.ids = ids
    roles = tokenizer.specialTokens.compactMapValues { token in
      tokenizer.id(of: token).map(Int.init).flatMap {
        $0 < rows && !skipped.contains($0) ? $0 : nil
      }
    }
  }

  /// The token that is `key` when one of them is a byte token and the other a character.
  func byteMatch(_ key: TokenKey) -> Int? {
    switch key {
    case .text(let bytes): bytes.count == 1 ? ids[.byte(bytes[0])] : nil
    case .byte(let byte): ids[.text([byte])]
    }
  }

  /// The longest token that `key` begins with, of whole characters and not only spaces.
  func prefixMatch(_ key: TokenKey) -> Int? {
    guard case .text(let bytes) = key else { return nil }
    for end in stride(from: bytes.count - 1, to: 0, by: -1) where bytes[end] & 0xC0 != 0x80 {
      let prefix = Array(bytes[..<end])
      if prefix.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return nil }
      if let id = ids[.text(prefix)] { return id }
    }
    return nil
  }
}
