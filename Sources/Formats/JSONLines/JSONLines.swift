public import Kernels

/// One line of a JSON Lines file.
public struct JSONLine: Sendable, Equatable {
  /// Counted from 1, empty lines too.
  public let line: Int
  public let value: JSON

  public init(line: Int, value: JSON) {
    self.line = line
    self.value = value
  }
}

/// Reads JSON Lines: one value a line, UTF-8, a byte-order mark and CRLF tolerated, empty lines
/// passed over.
public enum JSONLines {
  /// Bytes of a line; a longer one is refused before it is parsed.
  public static let usualLineLimit = 64 << 20

  /// All values of the file at `path`.
  ///
  /// - Throws: `Problem`: 66 when it is missing, 65 at `FILE:LINE:COLUMN` for a line that is no
  ///   JSON, holds a key twice, or is longer than `lineLimit`, and for a torn last line.
  public static func read(
    path: String, limits: JSONLimits = .strict, lineLimit: Int = usualLineLimit
  ) throws(Problem) -> [JSONLine] {
    var lines: [JSONLine] = []
    try each(path: path, limits: limits, lineLimit: lineLimit) { lines.append($0) }
    return lines
  }

  /// Calls `body` with every value in turn; memory holds one line at a time.
  public static func each(
    path: String, limits: JSONLimits = .strict, lineLimit: Int = usualLineLimit,
    _ body: (JSONLine) throws(Problem) -> Void
  ) throws(Problem) {
    let file = try MappedFile(path: path)
    try file.withBytes { bytes throws(Problem) in
      if let problem = foreignProblem(bytes, path) { throw problem }
      var cursor = LineCursor(bytes, source: path, limits: limits, lineLimit: lineLimit)
      while let line = try cursor.next() { try body(line) }
    }
  }

  /// What a journal holds: all whole lines, and how many bytes of a torn last line follow them
  /// (the writer was killed). Only the last line may be torn.
  public static func readJournal(
    path: String, limits: JSONLimits = .strict, lineLimit: Int = usualLineLimit
  ) throws(Problem) -> (lines: [JSONLine], tornBytes: Int) {
    let file = try MappedFile(path: path)
    return try file.withBytes { bytes throws(Problem) in
      let whole = UnsafeRawBufferPointer(rebasing: bytes[..<wholeLineBytes(bytes)])
      var cursor = LineCursor(whole, source: path, limits: limits, lineLimit: lineLimit)
      var lines: [JSONLine] = []
      while let line = try cursor.next() { lines.append(line) }
      return (lines, bytes.count - whole.count)
    }
  }

  /// Bytes up to and with the last newline.
  static func wholeLineBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
    (bytes.lastIndex(of: 0x0A) ?? -1) + 1
  }
}

/// Walks the lines of a text.
private struct LineCursor {
  private let bytes: UnsafeRawBufferPointer
  private let source: String
  private let limits: JSONLimits
  private let lineLimit: Int
  private var position: Int
  private var line = 0

  init(_ bytes: UnsafeRawBufferPointer, source: String, limits: JSONLimits, lineLimit: Int) {
    self.bytes = bytes
    self.source = source
    self.limits = limits
    self.lineLimit = lineLimit
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next line that is not empty, nil at the end.
  mutating func next() throws(Problem) -> JSONLine? {
    while position < bytes.count {
      line += 1
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      let newline = rest.firstIndex(of: 0x0A)
      let text = UnsafeRawBufferPointer(rebasing: rest[..<(newline ?? rest.count)])
      position += text.count + 1
      if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      return JSONLine(line: line, value: try value(text, isTorn: newline == nil))
    }
    return nil
  }

  private func value(
    _ text: UnsafeRawBufferPointer, isTorn: Bool
  ) throws(Problem) -> JSON {
    guard text.count <= lineLimit else {
      throw Problem(
        .badData, at: "\(source):\(line)", "a line of \(text.count) bytes",
        expected: "at most \(lineLimit)")
    }
    do throws(Problem) {
      return try JSON.parse(text, source: source, limits: limits, firstLine: line)
    } catch {
      var problem = error
      if isTorn {
        problem.hint =
          "the last line has no newline: it was cut off, remove it or fetch the file again"
      }
      throw problem
    }
  }
}
