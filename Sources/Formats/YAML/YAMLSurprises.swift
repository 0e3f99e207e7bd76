internal import Kernels

extension YAMLScalar {
  /// What a reader may not expect of this scalar, and how to write what was meant; nil when it is
  /// read by every common program as it is here.
  public var surprise: String? {
    guard isPlain else { return nil }
    switch text.lowercased() {
    case "no", "off", "n": return "is text here; write false, or \(quoted(text)) in quotes"
    case "yes", "on", "y": return "is text here; write true, or \(quoted(text)) in quotes"
    default: break
    }
    let digits = text.drop { $0 == "-" || $0 == "+" }
    if digits.count > 1, digits.first == "0", digits.allSatisfy(\.isNumber) {
      let stripped = String(digits.drop { $0 == "0" })
      return "is the decimal number \(stripped.isEmpty ? "0" : stripped) here, octal elsewhere; "
        + "write 0o\(digits.dropFirst()) for octal, quotes for text"
    }
    if double == nil, text.contains("_"), text.allSatisfy({ $0.isNumber || $0 == "_" }) {
      return "is text here; write the number without '_', or quotes"
    }
    if double == nil, text.contains(":"), text.allSatisfy({ $0.isNumber || $0 == ":" }) {
      return "is text here, a number of seconds elsewhere; put it in quotes"
    }
    return nil
  }
}

extension YAMLNode {
  /// One line for every scalar of the tree that may surprise, as `FILE:LINE:COLUMN: …`, in the
  /// order of the text. They are warnings: the values are used as they are read.
  public var surprises: [String] {
    switch content {
    case .scalar(let scalar): scalar.surprise.map { ["\(place): \(scalar.text) \($0)"] } ?? []
    case .sequence(let nodes): nodes.flatMap(\.surprises)
    case .mapping(let entries): entries.flatMap(\.value.surprises)
    }
  }
}
