import Formats
import Kernels

/// A part of a tokenizer file and its path, so that every complaint says which part it is about:
/// `tokenizer.json: model.merges[17]: …`
struct Component {
  let json: JSON
  /// `model.merges[17]`; empty for the whole file.
  let path: String
  /// The file.
  let source: String

  init(_ json: JSON, path: String = "", source: String) {
    self.json = json
    self.path = path
    self.source = source
  }

  var place: String { path.isEmpty ? source : "\(source): \(path)" }
  var isNull: Bool { if case .null = json { true } else { false } }

  func problem(_ what: String, expected: String? = nil, hint: String? = nil) -> Problem {
    Problem(.badData, at: place, what, expected: expected, hint: hint)
  }

  /// The value of a key; null when it is missing.
  subscript(key: String) -> Component {
    Component(json[key] ?? .null, path: path.isEmpty ? key : "\(path).\(key)", source: source)
  }

  func element(_ index: Int, _ json: JSON) -> Component {
    Component(json, path: "\(path)[\(index)]", source: source)
  }

  // MARK: - Values: required, and optional ones that may be missing or null

  func string() throws(Problem) -> String {
    guard let string = json.string else { throw wrongKind("a string") }
    return string
  }

  func bytes() throws(Problem) -> [UInt8] { Array(try string().utf8) }

  func bool(default value: Bool) throws(Problem) -> Bool {
    if isNull { return value }
    guard let bool = json.bool else { throw wrongKind("true or false") }
    return bool
  }

  func optionalString() throws(Problem) -> String? { isNull ? nil : try string() }

  /// The UTF-8 of a string of one character.
  func character(default value: Unicode.Scalar) throws(Problem) -> [UInt8] {
    let text = try optionalString() ?? String(value)
    guard text.unicodeScalars.count == 1 else {
      throw problem("is \(quoted(text))", expected: "one character")
    }
    return Array(text.utf8)
  }

  func integer() throws(Problem) -> Int {
    guard let int = json.int else { throw wrongKind("a whole number") }
    return int
  }

  /// A token id.
  func id() throws(Problem) -> Int32 {
    let id = try integer()
    guard id >= 0, id < Vocabulary.idLimit else {
      throw problem("id \(id)", expected: "0 to \(Vocabulary.idLimit - 1)")
    }
    return Int32(truncatingIfNeeded: id)
  }

  func array() throws(Problem) -> [JSON] {
    guard let array = json.array else { throw wrongKind("an array") }
    return array
  }

  func object() throws(Problem) -> JSONObject {
    guard let object = json.object else { throw wrongKind("an object") }
    return object
  }

  /// The elements of an array, each with its path.
  func elements() throws(Problem) -> [Component] {
    try array().enumerated().map { element($0.offset, $0.element) }
  }

  private func wrongKind(_ wanted: String) -> Problem {
    problem(isNull ? "is missing" : "is \(json.kindName)", expected: wanted)
  }

  /// One of the values of an enumeration.
  func choice<Choice: RawRepresentable<String>>(
    _ choices: [Choice], default value: Choice? = nil
  ) throws(Problem) -> Choice {
    if isNull, let value { return value }
    let name = try string()
    if let choice = Choice(rawValue: name) { return choice }
    throw unknown(name, among: choices.map(\.rawValue))
  }

  /// The problem of a name that is none of `known`.
  func unknown(_ name: String, among known: [String]) -> Problem {
    problem(
      "\(quoted(name)) is unknown or not supported",
      expected: "one of \(known.joined(separator: ", "))",
      hint: closest(to: name, among: known).map { "did you mean \(quoted($0))?" })
  }
}
