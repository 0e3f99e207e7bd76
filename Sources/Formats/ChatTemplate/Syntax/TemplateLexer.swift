/// Cuts a template into tokens, as Jinja does with `trim_blocks`, `lstrip_blocks` and without
/// `keep_trailing_newline`.
///
/// White space around tags: the line end after a block tag or comment goes, spaces between the
/// start of a line and a block tag or comment go; `-` beside a delimiter takes all white space on
/// that side, `+` keeps it.
struct TemplateLexer {
  let source: [UInt8]
  var position = 0
  private var tokens: [TemplateToken] = []
  /// Whether the last delimiter ended a line, so that leading spaces may go.
  private var startsLine = true

  /// `source` with `\n` line ends only (see `normalized`).
  init(_ source: [UInt8]) { self.source = source }

  /// Line ends become `\n`; one at the very end is dropped.
  static func normalized(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if byte != 0x0A || previous != 0x0D { bytes.append(byte == 0x0D ? 0x0A : byte) }
      previous = byte
    }
    if bytes.last == 0x0A { bytes.removeLast() }
    return bytes
  }

  mutating func tokenize() throws -> [TemplateToken] {
    while position < source.count {
      guard let start = nextDelimiter() else {
        appendData(source[position...])
        position = source.count
        break
      }
      try lexTag(at: start)
    }
    tokens.append(TemplateToken(kind: .end, text: "", offset: source.count))
    return tokens
  }

  private func nextDelimiter() -> Int? {
    var index = position
    while index + 1 < source.count {
      if source[index] == 0x7B, [0x7B, 0x25, 0x23].contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  private mutating func lexTag(at start: Int) throws {
    let kind = source[start + 1]
    let sign = start + 2 < source.count ? source[start + 2] : 0
    let hasSign = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
    appendData(before: start, sign: sign, isVariable: kind == UInt8(ascii: "{"))
    position = start + (hasSign ? 3 : 2)
    switch kind {
    case UInt8(ascii: "#"): try skipComment(from: start)
    case UInt8(ascii: "{"):
      append(.variableBegin, at: start)
      try lexExpression(closing: UInt8(ascii: "}"), opened: start)
    default:
      if try lexRaw(opened: start) { return }
      append(.blockBegin, at: start)
      try lexExpression(closing: UInt8(ascii: "%"), opened: start)
    }
  }

  // MARK: - Text

  private mutating func appendData(before end: Int, sign: UInt8, isVariable: Bool) {
    var stop = end
    if sign == UInt8(ascii: "-") {
      stop = trimmedEnd(of: position..<end)
    } else if sign != UInt8(ascii: "+"), !isVariable {
      let lineStart = source[position..<end].lastIndex(of: 0x0A).map { $0 + 1 }
      if lineStart != nil || startsLine {
        let first = lineStart ?? position
        if trimmedEnd(of: first..<end) == first { stop = first }
      }
    }
    appendData(source[position..<stop])
  }

  private mutating func appendData(_ slice: ArraySlice<UInt8>) {
    guard !slice.isEmpty else { return }
    let text = String(decoding: slice, as: UTF8.self)
    tokens.append(TemplateToken(kind: .data, text: text, offset: slice.startIndex))
  }

  /// Where the range ends without the white space at its end.
  private func trimmedEnd(of range: Range<Int>) -> Int {
    let text = String(decoding: source[range], as: UTF8.self).unicodeScalars
    let spaces = text.reversed().prefix { $0.isPythonSpace }
    return range.upperBound - spaces.reduce(0) { $0 + UTF8.width($1) }
  }

  mutating func append(_ kind: TemplateToken.Kind, _ text: String = "", at offset: Int) {
    tokens.append(TemplateToken(kind: kind, text: text, offset: offset))
  }

  // MARK: - Tags

  private mutating func skipComment(from start: Int) throws {
    guard let end = find("#}", from: position) else {
      throw TemplateFault(.syntax, "Missing end of comment tag", at: start)
    }
    closeTag(at: end, sign: end > position ? source[end - 1] : 0)
  }

  /// Steps over a two-byte delimiter and what `sign` says of the white space after it.
  private mutating func closeTag(at end: Int, sign: UInt8, trimsLineEnd: Bool = true) {
    position = end + 2
    if sign == UInt8(ascii: "-") {
      skipSpaces()
    } else if sign != UInt8(ascii: "+"), trimsLineEnd, position < source.count,
      source[position] == 0x0A
    {
      position += 1
    }
    startsLine = source[position - 1] == 0x0A
  }

  /// `{% raw %}…{% endraw %}` as one piece of text.
  private mutating func lexRaw(opened start: Int) throws -> Bool {
    let before = position
    skipSpaces()
    guard matches("raw", at: position) else {
      position = before
      return false
    }
    position += 3
    skipSpaces()
    let sign = position < source.count ? source[position] : 0
    if sign == UInt8(ascii: "-") { position += 1 }
    guard matches("%}", at: position) else {
      position = before
      return false
    }
    closeTag(at: position, sign: sign, trimsLineEnd: false)
    try lexRawBody(opened: start)
    return true
  }

  private mutating func lexRawBody(opened start: Int) throws {
    let body = position
    var search = position
    while let open = find("{%", from: search) {
      search = open + 2
      position = search
      let sign = position < source.count ? source[position] : 0
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
      skipSpaces()
      guard matches("endraw", at: position) else { continue }
      position += 6
      skipSpaces()
      let close = position < source.count ? source[position] : 0
      if close == UInt8(ascii: "-") || close == UInt8(ascii: "+") { position += 1 }
      guard matches("%}", at: position) else { continue }
      let end = position
      position = body
      appendData(before: open, sign: sign, isVariable: false)
      closeTag(at: end, sign: close)
      return
    }
    throw TemplateFault(.syntax, "Missing end of raw directive", at: start)
  }

  private func find(_ delimiter: String, from start: Int) -> Int? {
    PythonText(source).firstIndex(of: PythonText(delimiter), from: start)
  }

  func matches(_ text: String, at index: Int) -> Bool {
    source[min(index, source.count)...].starts(with: text.utf8)
  }

  mutating func skipSpaces() {
    while let (scalar, width) = scalar(at: position), scalar.isPythonSpace { position += width }
  }

  /// The scalar that starts at byte `index`.
  func scalar(at index: Int) -> (Unicode.Scalar, Int)? {
    guard index < source.count else { return nil }
    if source[index] < 0x80 { return (Unicode.Scalar(source[index]), 1) }
    var decoder = UTF8()
    var bytes = source[index...].makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&bytes) else { return nil }
    return (scalar, UTF8.width(scalar))
  }

  /// Ends a `}}` or `%}` at `position`, nil when there is none. `}}` keeps the line end.
  mutating func closesTag(_ closing: UInt8) -> Bool {
    var end = position
    let first = source[end]
    let isVariable = closing == UInt8(ascii: "}")
    if first == UInt8(ascii: "-") || (first == UInt8(ascii: "+") && !isVariable) { end += 1 }
    guard end + 1 < source.count, source[end] == closing, source[end + 1] == UInt8(ascii: "}")
    else { return false }
    append(isVariable ? .variableEnd : .blockEnd, at: position)
    closeTag(at: end, sign: first, trimsLineEnd: !isVariable)
    return true
  }
}
