/// The evaluations of a search on disk: a line that says what is searched, then one for each
/// candidate, durable before the next is begun.
public final class SearchJournal {
  public static let name = "search.jsonl"

  /// What an earlier run evaluated, in order.
  public let past: [SearchEvaluation]
  private let writer: JSONLinesWriter

  /// Begins a journal in `folder`, or goes on with the one that is there.
  ///
  /// - Parameters:
  ///   - header: Everything that scores and candidates depend on, an object.
  ///   - resuming: Whether there may be one.
  /// - Throws: `Problem`: 73 when there is one and `resuming` is false or it cannot be written, 65
  ///   for one that is damaged, 78 for one of another search. A torn last line is dropped.
  public init(folder: String, header: JSON, resuming: Bool) throws {
    let path = "\(folder)/\(Self.name)"
    var lines: [JSONLine] = []
    if fileExists(path) {
      guard resuming else {
        throw Problem(
          .cannotWrite, at: path, "there is a search already",
          hint: "go on with it by --resume, or choose another folder")
      }
      lines = try JSONLines.readJournal(path: path).lines
    }
    if let first = lines.first { try Self.check(first, header, path) }
    past = try lines.dropFirst().enumerated().map { index, line in
      try SearchEvaluation(line, number: index + 1, path: path)
    }
    writer = try JSONLinesWriter(path: path)
    if lines.isEmpty { try add(header) }
  }

  public func append(_ evaluation: SearchEvaluation) throws { try add(evaluation.json) }

  private func add(_ line: JSON) throws {
    try writer.append(line)
    try writer.sync()
  }

  private static func check(_ line: JSONLine, _ header: JSON, _ path: String) throws {
    let (old, new) = (line.value.object, header.object)
    let differing = (new?.entries ?? []).filter { old?[$0.key] != $0.value }.map(\.key)
    guard old != nil, differing.isEmpty else {
      throw Problem(
        .badConfiguration, at: "\(path):\(line.line)",
        "belongs to a search with another "
          + (differing.isEmpty ? "header" : differing.joined(separator: ", ")),
        hint: "give the options of that search, or choose another folder")
    }
  }
}

extension SearchEvaluation {
  /// A line of a journal and of reports.
  public var json: JSON {
    [
      "evaluation": .int(Int64(number)), "values": .array(values.map { .number($0) }),
      "score": score.map { .number($0) } ?? .null,
    ]
  }

  fileprivate init(_ line: JSONLine, number: Int, path: String) throws {
    let values = line.value["values"]?.array?.compactMap(\.double)
    let score = line.value["score"]
    guard line.value["evaluation"]?.int == number, let values, let score,
      values.count == line.value["values"]?.array?.count, score.isNull || score.double != nil
    else {
      throw Problem(
        .badData, at: "\(path):\(line.line)", "is no evaluation",
        expected: "{\"evaluation\": \(number), \"values\": […], \"score\": …}",
        hint: "start over in another folder")
    }
    self.init(number: number, values: values, score: score.double)
  }
}
