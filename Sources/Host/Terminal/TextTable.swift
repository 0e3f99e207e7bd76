import Formats

/// A table for people and, with `--json`, for programs.
struct TextTable: Sendable {
  enum Cell: Sendable, Equatable {
    case text(String)
    case count(Int)
    /// A number shown with `places` digits after the point; with a plus sign when `isSigned`.
    case number(Double, places: Int, isSigned: Bool = false)
    /// A size, shown with a binary unit.
    case bytes(Int64)
    case missing
  }

  struct Column: Sendable {
    /// Above the column.
    var title: String
    /// In JSON objects.
    var key: String

    init(_ title: String, key: String? = nil) {
      self.title = title
      self.key = key ?? title
    }
  }

  var columns: [Column]
  private(set) var rows: [[Cell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row with one cell a column.
  mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// The rows as an array of objects; what is missing is null.
  var json: JSON {
    .array(
      rows.map { row in
        .object(JSONObject(zip(columns, row).map { (key: $0.key, value: $1.json) }))
      })
  }
}

// MARK: - As text

extension TextTable {
  /// Prints the table on stdout: as JSON for `--json`, else as text.
  func show(asJSON: Bool) {
    print(asJSON ? json.serialized(pretty: true) + "\n" : rendered(.standardOutput), terminator: "")
  }
}

extension TextTable {
  private static let gap = "  "
  private static let narrowest = 8

  /// The table with a header, its lines ended by `\n`. Columns of numbers are flush right. Where
  /// the lines are wider than `settings` allow, the widest columns of text are cut.
  func rendered(_ settings: TerminalSettings) -> String {
    let texts = rows.map { $0.map(\.shown) }
    let widths = fitted(naturalWidths(texts), to: settings.width)
    let flushRight = columns.indices.map(isNumeric)
    func line(_ cells: [String]) -> String {
      var line = zip(cells.indices, cells).map { index, cell in
        DisplayWidth.padded(
          DisplayWidth.truncated(cell, to: widths[index]), to: widths[index],
          trailing: flushRight[index])
      }.joined(separator: Self.gap)
      while line.last == " " { line.removeLast() }
      return line
    }
    let header = TextStyle.bold.applied(to: line(columns.map(\.title)), settings)
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: Self.gap)
    return ([header, rule] + texts.map(line)).map { $0 + "\n" }.joined()
  }

  private func naturalWidths(_ texts: [[String]]) -> [Int] {
    columns.indices.map { index in
      let cells = texts.map { DisplayWidth.columns($0[index]) }
      return max(DisplayWidth.columns(columns[index].title), cells.max() ?? 0)
    }
  }

  /// `widths`, the widest text columns made narrower until the line fits or nothing can give.
  private func fitted(_ widths: [Int], to limit: Int?) -> [Int] {
    guard let limit else { return widths }
    var widths = widths
    let gaps = Self.gap.count * max(0, columns.count - 1)
    while widths.reduce(gaps, +) > limit {
      let cuttable = columns.indices.filter { !isNumeric($0) && widths[$0] > Self.narrowest }
      guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    return widths
  }

  /// Whether a column holds numbers only.
  private func isNumeric(_ index: Int) -> Bool {
    !rows.isEmpty && rows.allSatisfy { !$0[index].isText }
      && rows.contains { $0[index] != .missing }
  }
}

extension TextTable.Cell {
  fileprivate var isText: Bool { if case .text = self { true } else { false } }

  fileprivate var shown: String {
    switch self {
    case .text(let text): DisplayWidth.printable(text)
    case .count(let count): HumanFormat.count(count)
    case .number(let value, let places, let isSigned):
      (isSigned && value > 0 ? "+" : "") + HumanFormat.fixed(value, places)
    case .bytes(let bytes): HumanFormat.bytes(bytes)
    case .missing: "-"
    }
  }

  fileprivate var json: JSON {
    switch self {
    case .text(let text): .string(text)
    case .count(let count): .int(Int64(count))
    case .number(let value, _, _): .number(value)
    case .bytes(let bytes): .int(bytes)
    case .missing: .null
    }
  }
}
