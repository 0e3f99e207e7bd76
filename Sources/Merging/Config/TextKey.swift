/// A key whose value is text or a flag: anything else is an error, not silence.
struct TextKey {
  let name: String

  init(_ name: String) { self.name = name }

  /// The text at the key of `node`; nil when there is none.
  func read(in node: YAMLNode, into problems: inout [Problem]) -> String? {
    guard let value = node[name], !value.isNull else { return nil }
    guard let text = value.string, !text.isEmpty else {
      problems.append(problem(value, expected: "text"))
      return nil
    }
    return text
  }

  /// The flag at the key of `node`; `yes`, `no`, `on` and `off` are flags too.
  func flag(in node: YAMLNode, into problems: inout [Problem]) -> Bool? {
    guard let value = node[name], !value.isNull else { return nil }
    if let flag = value.resolved.bool { return flag }
    problems.append(problem(value, expected: "true or false"))
    return nil
  }

  private func problem(_ value: YAMLNode, expected: String) -> Problem {
    Problem(
      .badConfiguration, at: value.place, "\(quoted(name)): found \(value.found)",
      expected: expected)
  }
}

extension YAMLNode {
  /// The node with the flags of YAML 1.1 (`yes`, `no`, `on`, `off`) written as those of 1.2, as
  /// mergekit's reader takes them.
  var resolved: YAMLNode {
    guard let scalar, scalar.isPlain else { return self }
    let flags = ["yes": "true", "on": "true", "no": "false", "off": "false"]
    guard let flag = flags[scalar.text.lowercased()] else { return self }
    return YAMLNode(.scalar(YAMLScalar(flag)), at: mark)
  }
}
