/// Text broken at spaces into lines of a width.
enum TextWrap {
  /// Lines of at most `width` columns; words longer than that are cut. Runs of spaces and line ends
  /// count as one space, control characters do not come through. Never empty.
  static func lines(_ text: String, width: Int) -> [String] {
    let width = max(1, width)
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      var word = DisplayWidth.printable(String(word))
      let fits = DisplayWidth.columns(line) + 1 + DisplayWidth.columns(word) <= width
      if !line.isEmpty, !fits {
        lines.append(line)
        line = ""
      }
      while DisplayWidth.columns(word) > width {
        let part = head(of: word, width: width)
        lines.append(part)
        word.removeFirst(part.count)
      }
      line += line.isEmpty ? word : " " + word
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
  }

  /// The first characters that fill `width`, at least one.
  private static func head(of word: String, width: Int) -> String {
    var part = ""
    var used = 0
    for character in word {
      used += DisplayWidth.columns(String(character))
      if used > width, !part.isEmpty { break }
      part.append(character)
    }
    return part
  }
}

/// Rows whose cells are wrapped side by side; the last column takes what is left of the width.
struct WrappedColumns {
  let rows: [[String]]
  private let widths: [Int]
  private static let gap = 2
  private static let narrowest = 20

  /// - Parameters:
  ///   - limits: The most that each column but the last may take.
  ///   - width: Of a whole line.
  init(rows: [[String]], limits: [Int], width: Int) {
    self.rows = rows
    var widths = limits.enumerated().map { column, limit in
      let natural = rows.map { $0.indices.contains(column) ? DisplayWidth.columns($0[column]) : 0 }
      return min(limit, natural.max() ?? 0)
    }
    let rest = width - widths.reduce(0, +) - Self.gap * widths.count
    widths.append(max(Self.narrowest, rest))
    self.widths = widths
  }

  func rendered() -> [String] {
    rows.flatMap { row -> [String] in
      let cells = zip(row, widths).map { TextWrap.lines($0, width: $1) }
      let height = cells.map(\.count).max() ?? 0
      return (0..<height).map { index in
        var line = zip(cells, widths).map { lines, width in
          DisplayWidth.padded(index < lines.count ? lines[index] : "", to: width)
        }.joined(separator: String(repeating: " ", count: Self.gap))
        while line.last == " " { line.removeLast() }
        return line
      }
    }
  }
}
