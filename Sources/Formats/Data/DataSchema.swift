/// A way of writing training data: which keys a row has and what they mean.
public struct DataSchema: Sendable, Equatable, CustomStringConvertible {
  /// As messages and reports name it.
  public let name: String
  /// A row in outline, for messages.
  public let form: String
  /// Whether an object looks like a row of this schema, complete or not.
  let recognises: @Sendable (JSONObject) -> Bool
  /// Fills the normal form from the reader's object and notes what is wrong.
  let read: @Sendable (inout RowReader) -> Void

  init(
    _ name: String, _ form: String, recognises: @escaping @Sendable (JSONObject) -> Bool,
    read: @escaping @Sendable (inout RowReader) -> Void
  ) {
    self.name = name
    self.form = form
    self.recognises = recognises
    self.read = read
  }

  public var description: String { "\(name): \(form)" }

  public static func == (a: DataSchema, b: DataSchema) -> Bool { a.name == b.name }

  /// All schemas, the ones with the more telling keys first.
  public static let all: [DataSchema] =
    [.tokenised, .shareGPT, .rawUltraFeedback, .alpaca, .sampled, .generated]
    + [.wrpoMessages, .wrpoText]
    + [.implicitText, .implicitMessages, .ultraFeedback, .explicitText, .explicitMessages]
    + [.messages, .unpaired, .stepwise, .promptCompletion, .promptResponse, .questionAnswer]
    + [.text, .promptOnly]

  /// The schema of one row, nil when it looks like none.
  public static func detect(_ row: JSONObject) -> DataSchema? { all.first { $0.recognises(row) } }

  /// The schema most of the first hundred objects of a file look like; of equals the first seen.
  static func detect(among rows: [JSONObject]) -> DataSchema? {
    let found = rows.prefix(100).compactMap(detect)
    let counts = Dictionary(grouping: found, by: \.name).mapValues(\.count)
    let most = counts.values.max()
    return found.first { counts[$0.name] == most }
  }
}
