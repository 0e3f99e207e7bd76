internal import Kernels

extension YAMLNode {
  /// The same value as JSON. Infinities and NaN, which JSON lacks, stay text.
  public var json: JSON {
    switch content {
    case .sequence(let nodes): .array(nodes.map(\.json))
    case .mapping(let entries):
      .object(JSONObject(entries.map { (key: $0.key, value: $0.value.json) }))
    case .scalar(let scalar): scalar.json
    }
  }

  /// `json` as a node; all of it has the place `mark`.
  public init(_ json: JSON, at mark: TextMark) {
    switch json {
    case .null: self.init(.scalar(YAMLScalar("null")), at: mark)
    case .bool(let flag): self.init(.scalar(YAMLScalar(flag ? "true" : "false")), at: mark)
    case .int(let number): self.init(.scalar(YAMLScalar(String(number))), at: mark)
    case .number(let number): self.init(.scalar(YAMLScalar(Self.text(of: number))), at: mark)
    case .string(let text): self.init(.scalar(YAMLScalar(text, isPlain: false)), at: mark)
    case .array(let values): self.init(.sequence(values.map { YAMLNode($0, at: mark) }), at: mark)
    case .object(let object):
      let entries = object.entries.map {
        YAMLEntry(key: $0.key, keyMark: mark, value: YAMLNode($0.value, at: mark))
      }
      self.init(.mapping(entries), at: mark)
    }
  }

  private static func text(of number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
    return number.description
  }
}

extension YAMLScalar {
  fileprivate var json: JSON {
    if isNull { return .null }
    if let bool { return .bool(bool) }
    if let int { return .int(Int64(int)) }
    if let double, double.isFinite { return .number(double) }
    return .string(text)
  }
}
