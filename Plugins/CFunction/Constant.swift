import Foreign
import PluginAPI

/// A value that the recipe gives to a parameter of its name.
struct Constant: Equatable {
  enum Value: Equatable {
    case number(ForeignNumber)
    case text(String)
  }

  var name: String
  var value: Value
  var place: String

  /// The entries of `constants`. Throws a `Problem` at the first that is no number, flag or text.
  static func all(in node: YAMLNode?) throws(Problem) -> [Constant] {
    guard let node, !node.isNull else { return [] }
    guard let entries = node.mapping else {
      throw Problem(
        .badConfiguration, at: node.place, "'constants': found \(node.found)",
        expected: "a mapping of names to numbers, true, false or texts")
    }
    var constants: [Constant] = []
    for entry in entries {
      guard let value = value(of: entry.value) else {
        throw Problem(
          .badConfiguration, at: entry.value.place,
          "constant \(quoted(entry.key)): found \(entry.value.found)",
          expected: "a number, true, false or a text")
      }
      guard !Naming.isTaken(entry.key) else {
        throw Problem(
          .badConfiguration, at: entry.keyMark.description,
          "constant \(quoted(entry.key)): that name means something of the row already",
          hint: "call it something else")
      }
      constants.append(Constant(name: entry.key, value: value, place: entry.keyMark.description))
    }
    return constants
  }

  private static func value(of node: YAMLNode) -> Value? {
    guard let scalar = node.scalar, !scalar.isNull else { return nil }
    if let flag = scalar.bool { return .number(.flag(flag)) }
    if let whole = scalar.int { return .number(.whole(Int64(whole))) }
    if let real = scalar.double { return .number(.real(real)) }
    return .text(scalar.text)
  }

  /// Why a parameter of this type cannot take the value, nil when it can.
  func misfit(_ type: ForeignType) -> String? {
    switch value {
    case .number(let number):
      if type.depth == 0, let scalar = type.scalar, scalar.accepts(number) { return nil }
      return "constant \(quoted(name)) is \(number), which \(type) cannot hold"
    case .text(let text):
      guard type.depth == 0, type.base == .cstr || type.base == .bytes else {
        return "constant \(quoted(name)) is a text, which \(type) cannot hold"
      }
      return type.base == .cstr && text.utf8.contains(0)
        ? "constant \(quoted(name)) holds a NUL, which would end a cstr" : nil
    }
  }

  var valueText: String {
    switch value {
    case .number(let number): "\(number)"
    case .text(let text): JSON.string(text).serialized()
    }
  }
}
