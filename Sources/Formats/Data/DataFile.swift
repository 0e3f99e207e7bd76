internal import Kernels

/// The rows of a data file before anyone asks what they mean.
struct DataFile {
  /// One JSON text with the line it starts at; the value, or why there is none.
  struct Row {
    var line: Int
    var value: Result<JSON, Problem>
  }

  let rows: [Row]

  /// Longest row that is read.
  static let rowLimit = 64 << 20

  /// JSON Lines, or one JSON array when the file begins with `[` and ends with `]`.
  /// A byte-order mark, CRLF and blank lines are accepted.
  init(path: String) throws {
    rows = try MappedFile(path: path).withBytes { whole in
      if let problem = foreignProblem(whole, path) { throw problem }
      var bytes = whole[...]
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
      return Self.isArray(bytes)
        ? try Self.elements(bytes, path: path) : Self.lines(bytes, path: path)
    }
  }

  /// Whether an array spans the file; a first line `[]` alone does not make it one.
  private static func isArray(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = bytes.first(where: { !isSpace($0) }), first == UInt8(ascii: "["),
      let last = bytes.last(where: { !isSpace($0) }), last == UInt8(ascii: "]")
    else { return false }
    let firstLine = bytes.prefix { $0 != 0x0A }
    let isOneLine = firstLine.count == bytes.count
    return isOneLine || firstLine.last(where: { !isSpace($0) }) != UInt8(ascii: "]")
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  private static func lines(_ bytes: Slice<UnsafeRawBufferPointer>, path: String) -> [Row] {
    var rows: [Row] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(isSpace) {
      rows.append(Row(line: index + 1, value: parse(line, path: path, line: index + 1)))
    }
    return rows
  }

  private static func parse(
    _ bytes: Slice<UnsafeRawBufferPointer>, path: String, line: Int
  ) -> Result<JSON, Problem> {
    let place = "\(path):\(line)"
    guard bytes.count <= rowLimit else {
      return .failure(
        Problem(
          .badData, at: place, "a row of \(bytes.count) bytes", expected: "at most \(rowLimit)"))
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes)
    do throws(Problem) {
      return .success(try JSON.parse(text, source: place, limits: .strict))
    } catch {
      guard (try? JSON.parse(text, source: place)) == nil else {
        return .failure(Problem(.badData, at: place, error.what, hint: "keep one of the two"))
      }
      let torn = bytes.endIndex == bytes.base.count && bytes.last != UInt8(ascii: "}")
      return .failure(
        Problem(
          .badData, at: place, "invalid JSON", expected: error.expected,
          hint: torn ? "the file ends in the middle of this row" : error.what))
    }
  }

  /// The elements of an array, each with its line.
  private static func elements(
    _ bytes: Slice<UnsafeRawBufferPointer>, path: String
  ) throws -> [Row] {
    let whole = try JSON.parse(
      UnsafeRawBufferPointer(rebasing: bytes), source: path, limits: .strict)
    let lines = elementLines(bytes)
    return (whole.array ?? []).enumerated().map { index, value in
      Row(line: index < lines.count ? lines[index] : 1, value: .success(value))
    }
  }

  /// The line each element of the array in well-formed `bytes` starts at.
  private static func elementLines(_ bytes: Slice<UnsafeRawBufferPointer>) -> [Int] {
    var lines: [Int] = []
    var (line, depth) = (1, 0)
    var (inString, isEscaped, awaitsElement) = (false, false, true)
    for byte in bytes {
      if byte == 0x0A { line += 1 }
      if inString {
        inString = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        continue
      }
      if depth == 1, awaitsElement, !isSpace(byte), byte != UInt8(ascii: "]") {
        lines.append(line)
        awaitsElement = false
      }
      switch byte {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","): awaitsElement = awaitsElement || depth == 1
      default: break
      }
    }
    return lines
  }
}
