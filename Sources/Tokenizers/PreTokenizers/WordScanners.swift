import Kernels

/// The split patterns of well-known tokenizers, read by hand: several times as fast as the
/// regular expressions, which the tests compare them with. Every byte belongs to a match.
struct WordScanner: MatchFinder {
  enum Style: Sendable, Equatable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2
    /// `(?i:'s|…)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|…`
    case llama3(digits: Int)
  }

  let style: Style

  /// The scanner that does what `pattern` says, nil when it is none of the known ones.
  init?(pattern: String) {
    guard let style = Self.patterns[pattern] else { return nil }
    self.style = style
  }

  init(_ style: Style) { self.style = style }

  static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  private static let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  static func llama3Pattern(digits: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits + tail
  }

  static let patterns: [String: Style] = [
    gpt2Pattern: .gpt2,
    llama3Pattern(digits: #"\p{N}{1,3}"#): .llama3(digits: 3),
    llama3Pattern(digits: #"\p{N}"#): .llama3(digits: 1),
  ]

  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) {
    ScalarClass.table.withUnsafeBufferPointer { table in
      let reader = ScalarReader(text: text, table: table)
      var position = 0
      while position < text.count {
        let end: Int
        switch style {
        case .gpt2: end = reader.gpt2Word(position)
        case .llama3(let digits): end = reader.llama3Word(position, digits: digits)
        }
        matches.append(Piece(position, end))
        position = end
      }
    }
  }
}

/// Reads characters and their classes.
private struct ScalarReader {
  let text: UnsafeBufferPointer<UInt8>
  let table: UnsafeBufferPointer<UInt8>

  private static let letterOrNumberOrSpace: ScalarClass = [.letter, .number, .space]

  @inline(__always)
  func read(_ position: Int) -> (classes: ScalarClass, next: Int) {
    let byte = text[position]
    if byte < 0x80 { return (ScalarClass(rawValue: table[Int(byte)]), position + 1) }
    let (value, length) = decodeScalar(text, at: position)
    let classes =
      Int(value) < table.count
      ? ScalarClass(rawValue: table[Int(value)]) : ScalarClass.of(value)
    return (classes, position + length)
  }

  /// The end of the run of characters of class `wanted`.
  @inline(__always)
  func run(_ wanted: ScalarClass, from start: Int) -> Int {
    var position = start
    while position < text.count {
      let (classes, next) = read(position)
      if classes.isDisjoint(with: wanted) { break }
      position = next
    }
    return position
  }

  /// The end of the run of what is neither letter, number nor white space.
  @inline(__always)
  func otherRun(from start: Int) -> Int {
    var position = start
    while position < text.count {
      let (classes, next) = read(position)
      if !classes.isDisjoint(with: Self.letterOrNumberOrSpace) { break }
      position = next
    }
    return position
  }

  func gpt2Word(_ start: Int) -> Int {
    let byte = text[start]
    if byte == UInt8(ascii: "'"), let end = contraction(start, foldingCase: false) { return end }
    var (classes, next) = read(start)
    if byte == UInt8(ascii: " "), start + 1 < text.count { (classes, next) = read(start + 1) }
    if classes.contains(.letter) { return run(.letter, from: next) }
    if classes.contains(.number) { return run(.number, from: next) }
    if !classes.contains(.space) { return otherRun(from: next) }
    return space(start, splittingLines: false)
  }

  func llama3Word(_ start: Int, digits: Int) -> Int {
    let byte = text[start]
    if byte == UInt8(ascii: "'"), let end = contraction(start, foldingCase: true) { return end }
    let (classes, next) = read(start)
    if classes.contains(.letter) { return run(.letter, from: next) }
    if classes.contains(.number) { return number(from: next, atMost: digits - 1) }
    let isLineBreak = byte == 0x0A || byte == 0x0D
    if !isLineBreak, next < text.count {
      let (following, afterwards) = read(next)
      if following.contains(.letter) { return run(.letter, from: afterwards) }
      if byte == UInt8(ascii: " "), following.isDisjoint(with: Self.letterOrNumberOrSpace) {
        return lineBreaks(from: otherRun(from: afterwards))
      }
    }
    if !classes.contains(.space) { return lineBreaks(from: otherRun(from: next)) }
    return space(start, splittingLines: true)
  }

  private func number(from start: Int, atMost count: Int) -> Int {
    var position = start
    for _ in 0..<count where position < text.count {
      let (classes, next) = read(position)
      guard classes.contains(.number) else { break }
      position = next
    }
    return position
  }

  private func lineBreaks(from start: Int) -> Int {
    var position = start
    while position < text.count, text[position] == 0x0A || text[position] == 0x0D { position += 1 }
    return position
  }

  /// `\s*[\r\n]+` when wanted and there is a line break, else `\s+(?!\S)|\s+`.
  private func space(_ start: Int, splittingLines: Bool) -> Int {
    var position = start
    var last = start
    var afterBreak = -1
    while position < text.count {
      let (classes, next) = read(position)
      guard classes.contains(.space) else { break }
      last = position
      if text[position] == 0x0A || text[position] == 0x0D { afterBreak = next }
      position = next
    }
    if splittingLines, afterBreak >= 0 { return afterBreak }
    return position == text.count || last == start ? position : last
  }

  /// The end of `'s`, `'re` and so on at `start`.
  private func contraction(_ start: Int, foldingCase: Bool) -> Int? {
    guard start + 1 < text.count else { return nil }
    let fold: UInt8 = foldingCase ? 0x20 : 0
    let first = text[start + 1]
    switch first | fold {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    default: break
    }
    guard start + 2 < text.count else { return nil }
    let second = text[start + 2]
    // U+017F, the long s, folds to s.
    if foldingCase, first == 0xC5, second == 0xBF { return start + 3 }
    switch (first | fold, second | fold) {
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default: return nil
    }
  }
}
