public import Kernels

/// A data file in normal form, with what was left out and why.
public struct DataSet: Sendable {
  public var schema: DataSchema
  public var rows: [ExampleRow]
  /// Rows that no schema allows: a missing key, a wrong role, broken JSON. In file order.
  public var refused: [Problem]
  /// Rows that are well formed but teach nothing: an empty response, chosen equal to rejected.
  public var skipped: [Problem]

  /// The rows of the file at `path`, JSON Lines or a JSON array, in any schema of `DataSchema.all`.
  ///
  /// - Parameter skipLimit: Largest share of rows, 0...1, that may be skipped for teaching nothing.
  /// - Throws: `Problem` when the file cannot be read, has no rows or no known schema, or too many
  ///   rows are skipped; `Problems` with every refused row.
  public static func read(path: String, skipLimit: Double = 0.1) throws -> DataSet {
    let data = try scan(path: path)
    guard data.refused.isEmpty else { throw Problems(data.refused) }
    let total = data.rows.count + data.skipped.count
    guard Double(data.skipped.count) <= skipLimit * Double(total) else {
      throw data.tooManySkipped(total: total, limit: skipLimit, path: path)
    }
    return data
  }

  /// As `read`, but faulty rows are only listed, whatever their number.
  public static func scan(path: String) throws -> DataSet {
    let file = try DataFile(path: path)
    guard !file.rows.isEmpty else {
      throw Problem(.badData, at: path, "no rows", expected: "JSON Lines or a JSON array")
    }
    let objects = file.rows.compactMap { try? $0.value.get().object }
    guard let schema = DataSchema.detect(among: objects) else {
      throw unknownSchema(objects.first, path: path, first: file.rows[0])
    }
    var data = DataSet(schema: schema, rows: [], refused: [], skipped: [])
    for row in file.rows { data.take(row, path: path) }
    return data
  }

  private mutating func take(_ row: DataFile.Row, path: String) {
    let value: JSON
    switch row.value {
    case .success(let json): value = json
    case .failure(let problem):
      refused.append(problem)
      return
    }
    guard let object = value.object else {
      refused.append(problem("not an object", keys: [], at: "\(path):\(row.line)"))
      return
    }
    var reader = RowReader(object, line: row.line)
    schema.read(&reader)
    let example = reader.finished()
    if !reader.faults.isEmpty {
      refused.append(problem(of: reader.faults, at: "\(path):\(row.line)"))
    } else if let reason = Self.reasonToSkip(example) {
      skipped.append(problem(reason.what, keys: [reason.key], at: "\(path):\(row.line)"))
    } else {
      rows.append(example)
    }
  }

  // MARK: - Messages

  private func problem(of faults: [(key: String, what: String)], at place: String) -> Problem {
    var whats: [String] = []
    for fault in faults where !whats.contains(fault.what) { whats.append(fault.what) }
    return problem(whats.joined(separator: "; "), keys: faults.map(\.key), at: place)
  }

  private func problem(_ what: String, keys: [String], at place: String) -> Problem {
    let keys = keys.isEmpty ? "" : ": " + keys.map { "'\($0)'" }.joined(separator: ", ")
    return Problem(.badData, at: place + keys, what, expected: "\(schema.name) rows \(schema.form)")
  }

  private func tooManySkipped(total: Int, limit: Double, path: String) -> Problem {
    let shown = skipped.prefix(3).map(\.description).joined(separator: "\n  ")
    return Problem(
      .badData, at: path,
      "\(skipped.count) of \(total) rows teach nothing, more than a share of \(limit)",
      hint: "the first of them:\n  \(shown)")
  }

  private static func unknownSchema(
    _ object: JSONObject?, path: String, first: DataFile.Row
  ) -> Problem {
    if object == nil, case .failure(let problem) = first.value { return problem }
    let found = object.map {
      "keys " + $0.keys.prefix(12).map { quoted($0) }.joined(separator: ", ")
    }
    return Problem(
      .badData, at: "\(path):\(first.line)",
      "the rows follow no known schema: \(found ?? "no row is an object")",
      expected: DataSchema.all.map(\.name).joined(separator: ", "))
  }

  // MARK: - Rows that teach nothing

  private static func reasonToSkip(_ row: ExampleRow) -> (key: String, what: String)? {
    let answers = [
      ("chosen[0]", row.sourceChosen), ("chosen[1]", row.targetChosen), ("chosen", row.chosen),
      ("rejected", row.rejected),
    ]
    for (key, text) in answers {
      if let text, PythonText(text).stripped().isEmpty { return (key, "empty response") }
    }
    guard let rejected = row.rejected.map({ PythonText($0) }) else {
      return row.tokens.flatMap(reasonToSkip)
    }
    for (key, text) in answers.dropLast() {
      if let text, PythonText(text) == rejected {
        return (key, "chosen and rejected are the same")
      }
    }
    return nil
  }

  private static func reasonToSkip(_ tokens: TokenisedRow) -> (key: String, what: String)? {
    guard let rejected = tokens.rejected, tokens.chosen == rejected || tokens.source == rejected
    else { return nil }
    return ("rejected", "chosen and rejected are the same")
  }
}
