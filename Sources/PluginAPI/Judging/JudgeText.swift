/// What the texts that judges read are made of.
public enum JudgeText {
  /// A text under a title, with an end that the text cannot well imitate by accident.
  public static func section(_ title: String, _ text: String) -> String {
    "[\(title)]\n\(text)\n[End of \(title.lowercased())]"
  }

  /// `template` with every `{name}` of `values` replaced, in one pass: what a value holds is never
  /// read as a placeholder. Other braces stay as they are.
  public static func filled(_ template: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      rest = rest[open...]
      if let close = rest.firstIndex(of: "}"),
        let value = values[String(rest[rest.index(after: open)..<close])]
      {
        result += value
        rest = rest[rest.index(after: close)...]
      } else {
        result.append("{")
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }
}
