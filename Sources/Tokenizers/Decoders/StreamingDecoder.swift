/// Decodes ids that arrive one by one: what it returns, put together, is `decode` of all of them.
/// Text is held back while it ends within a character.
public struct StreamingDecoder {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  /// Ids since the last text that went out, after a few before them: decoders look back.
  private var ids: [Int32] = []
  private var sentBytes = 0

  init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    skipsSpecialTokens = skipSpecialTokens
  }

  /// The text that `id` completes; empty when it completes none.
  public mutating func append(_ id: Int32) -> String {
    ids.append(id)
    return send(final: false)
  }

  /// What is still held back.
  public mutating func finish() -> String {
    defer {
      ids = []
      sentBytes = 0
    }
    return send(final: true)
  }

  private mutating func send(final: Bool) -> String {
    let bytes = Array(text(ids[...]).utf8)
    // U+FFFD at the end may be the beginning of a character.
    if !final, bytes.suffix(3).elementsEqual([0xEF, 0xBF, 0xBD]) { return "" }
    guard bytes.count > sentBytes else { return "" }
    let fresh = String(decoding: bytes[sentBytes...], as: UTF8.self)
    // A few ids stay as context, from one that begins a character.
    if ids.count > 16, !text(ids.suffix(8)).hasPrefix("\u{FFFD}") { ids = ids.suffix(8) }
    sentBytes = text(ids[...]).utf8.count
    return fresh
  }

  private func text(_ ids: ArraySlice<Int32>) -> String {
    tokenizer.decode(ids, skipSpecialTokens: skipsSpecialTokens)
  }
}
