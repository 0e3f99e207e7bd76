import PluginAPI

/// The response is one JSON value, with required keys or equal to a given value.
struct JSONCheck: Check {
  /// Keys that an object must have; with any of them, the value must be an object.
  let keys: [String]
  /// What the value must equal; keys in any order, 2 and 2.0 are one number.
  let expected: JSON?
  /// Whether a fence of three backticks around the value is taken off first.
  let allowsFence: Bool

  func holds(for response: String) -> Bool {
    let text = allowsFence ? unfenced(response) : response
    guard let value = try? JSON.parse(text, source: "response", limits: Self.limits) else {
      return false
    }
    if let expected, !isSame(value, expected) { return false }
    return keys.allSatisfy { value.object?[$0] != nil }
  }

  private static let limits = JSONLimits(depth: 64, bytes: 1 << 20, values: 1 << 16)
}

extension CheckKind {
  static let json = CheckKind(
    name: "json",
    summary: "The response is one JSON value, with the keys `keys`, or equal to `equals`."
  ) { reader in
    JSONCheck(
      keys: reader.strings("keys") ?? [], expected: reader.value("equals"),
      allowsFence: reader.flag("allow_fence", default: true))
  }
}

/// What stands between two fences (``` or ```json), or the text itself.
private func unfenced(_ text: String) -> String {
  let text = trimmed(text)
  guard text.hasPrefix("```"), text.hasSuffix("```"), text.count >= 6 else { return String(text) }
  let inner = text.dropFirst(3).dropLast(3)
  guard let lineEnd = inner.firstIndex(where: \.isNewline) else { return String(inner) }
  let label = inner[..<lineEnd]
  return String(label.allSatisfy { $0.isLetter || $0.isNumber } ? inner[lineEnd...] : inner)
}

private func isSame(_ left: JSON, _ right: JSON) -> Bool {
  switch (left, right) {
  case (.array(let left), .array(let right)):
    return left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
  case (.object(let left), .object(let right)):
    guard left.keys.count == right.keys.count else { return false }
    return left.keys.allSatisfy { key in
      guard let ours = left[key], let theirs = right[key] else { return false }
      return isSame(ours, theirs)
    }
  default:
    if let left = left.double, let right = right.double { return left == right }
    return left == right
  }
}
