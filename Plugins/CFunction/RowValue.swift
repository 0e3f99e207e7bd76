import Foreign
import PluginAPI

/// What a row gives to a parameter.
enum RowValue {
  /// Nil: the row has none, and the parameter says that this may be.
  case text(String?)
  case number(ForeignNumber)
  case tokens([Int32])

  var number: ForeignNumber { if case .number(let number) = self { number } else { .whole(0) } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var tokens: [Int32] { if case .tokens(let tokens) = self { tokens } else { [] } }
}

/// Why a row cannot be passed.
struct RowFault: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

extension Completion {
  /// What a parameter of `type` gets. Only for sources that differ by row.
  func value(of source: Source, as type: ForeignType) throws(RowFault) -> RowValue {
    switch source {
    case .text(let text):
      return .text(try checked(self.text(text), as: type, called: "a \(text.rawValue)"))
    case .length(let text):
      return .number(
        try checked(.whole(Int64(self.text(text)?.utf8.count ?? 0)), type, "the length"))
    case .tokens: return .tokens(try knownTokens())
    case .tokenCount:
      return .number(try checked(.whole(Int64(try knownTokens().count)), type, "tokens_len"))
    case .field(let keys): return try field(keys, as: type)
    default: return .number(.whole(0))
    }
  }

  /// The text that `name` means in this row, nil where it has none.
  func text(_ name: RowText) -> String? {
    switch name {
    case .prompt: prompt.messages.last { $0.role == "user" }?.content
    case .response: response
    case .reference: prompt.reference
    case .id: prompt.id
    case .model: modelName
    case .skill: prompt.skill
    case .system: prompt.messages.first { $0.role == "system" }?.content
    case .json: JSON.object(row).serialized()
    }
  }

  /// All that is known of the row; what stands here wins over a field of the same name.
  private var row: JSONObject {
    func text(_ name: RowText) -> JSON { self.text(name).map { .string($0) } ?? .null }
    var row: JSONObject = ["id": text(.id), "prompt": text(.prompt)]
    row["messages"] = .array(prompt.messages.map(\.json))
    for name in [RowText.response, .reference, .model, .skill] { row[name.rawValue] = text(name) }
    for (key, value) in prompt.fields.entries where row[key] == nil { row[key] = value }
    return row
  }

  private func field(_ keys: [String], as type: ForeignType) throws(RowFault) -> RowValue {
    let name = "fields." + keys.joined(separator: ".")
    let start: JSON = .object(prompt.fields)
    var value = keys.reduce(start as JSON?) { $0?[$1] }
    if value?.isNull == true { value = nil }
    guard let scalar = type.scalar else {
      let text = value.map { $0.string ?? $0.serialized() }
      return .text(try checked(text, as: type, called: name))
    }
    guard let value else {
      if type.isOptional { return .number(.real(.nan)) }
      throw RowFault("the row has no \(name)")
    }
    return .number(try checked(Self.number(value), scalar, name, found: value))
  }

  private static func number(_ value: JSON) -> ForeignNumber? {
    switch value {
    case .int(let whole): .whole(whole)
    case .number(let real): .real(real)
    case .bool(let flag): .flag(flag)
    default: nil
    }
  }

  private func knownTokens() throws(RowFault) -> [Int32] {
    guard !tokenIDs.isEmpty || response.isEmpty else {
      throw RowFault("the tokens of this response are not known")
    }
    return tokenIDs
  }

  private func checked(
    _ text: String?, as type: ForeignType, called name: String
  ) throws(RowFault) -> String? {
    guard let text else {
      if type.isOptional { return nil }
      throw RowFault("the row has no \(name.hasPrefix("a ") ? String(name.dropFirst(2)) : name)")
    }
    if type.base == .cstr, text.utf8.contains(0) {
      let subject = name.hasPrefix("a ") ? "the " + name.dropFirst(2) : name
      throw RowFault("\(subject) holds a NUL, which would end a cstr: take it as bytes")
    }
    return text
  }

  private func checked(
    _ number: ForeignNumber, _ type: ForeignType, _ name: String
  ) throws(RowFault) -> ForeignNumber {
    guard let scalar = type.scalar else { return number }
    return try checked(number, scalar, name, found: nil)
  }

  private func checked(
    _ number: ForeignNumber?, _ scalar: ForeignScalar, _ name: String, found: JSON?
  ) throws(RowFault) -> ForeignNumber {
    if let number, scalar.accepts(number) { return number }
    let shown = found.map { excerpt($0.serialized(), limit: 40) } ?? number.map { "\($0)" } ?? ""
    throw RowFault("\(name) is \(shown), which \(scalar.rawValue) cannot hold")
  }
}
