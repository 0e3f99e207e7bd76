internal import Kernels

/// A piece of a YAML document that remembers where it was written.
public struct YAMLNode: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    /// In file order, keys unique.
    case mapping([YAMLEntry])
  }

  public var content: Content
  public var mark: TextMark

  public init(_ content: Content, at mark: TextMark) {
    self.content = content
    self.mark = mark
  }

  /// `FILE:LINE:COLUMN`.
  public var place: String { mark.description }

  public var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
  public var sequence: [YAMLNode]? { if case .sequence(let nodes) = content { nodes } else { nil } }
  public var mapping: [YAMLEntry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The value of a key; nil when there is no such key or this is no mapping.
  public subscript(key: String) -> YAMLNode? { mapping?.first { $0.key == key }?.value }

  public var isNull: Bool { scalar?.isNull ?? false }
  public var string: String? { scalar.flatMap { $0.isNull ? nil : $0.text } }
  public var bool: Bool? { scalar?.bool }
  public var int: Int? { scalar?.int }
  public var double: Double? { scalar?.double }

  /// What this is, in words: "a mapping", "the text 'abc'", "the number 3".
  public var found: String {
    switch content {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let scalar): scalar.found
    }
  }
}

/// One `key: value` of a mapping.
public struct YAMLEntry: Sendable, Equatable {
  public var key: String
  public var keyMark: TextMark
  public var value: YAMLNode

  public init(key: String, keyMark: TextMark, value: YAMLNode) {
    self.key = key
    self.keyMark = keyMark
    self.value = value
  }
}

/// Text as written, typed when it is asked for by the YAML 1.2 core schema.
public struct YAMLScalar: Sendable, Equatable {
  public var text: String
  /// Not quoted and no block scalar: only these can be numbers, booleans or null.
  public var isPlain: Bool

  public init(_ text: String, isPlain: Bool = true) {
    self.text = text
    self.isPlain = isPlain
  }

  public var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }

  public var bool: Bool? {
    guard isPlain else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }

  /// Decimal digits with an optional sign; `0x` and `0o` forms.
  public var int: Int? {
    guard isPlain else { return nil }
    if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
    if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
    return Int(text)
  }

  /// Any number; `1e-5` without a dot too, as people write it.
  public var double: Double? {
    guard isPlain, let first = text.unicodeScalars.first else { return nil }
    switch text {
    case ".inf", ".Inf", "+.inf": return .infinity
    case "-.inf", "-.Inf": return -.infinity
    case ".nan", ".NaN": return .nan
    default: break
    }
    if let int { return Double(int) }
    guard "+-.0123456789".unicodeScalars.contains(first),
      text.unicodeScalars.allSatisfy({ "+-.eE0123456789".unicodeScalars.contains($0) })
    else { return nil }
    return Double(text)
  }

  var found: String {
    if isNull { return "nothing" }
    if let bool { return "\(bool)" }
    if double != nil { return "the number \(text)" }
    if let surprise { return "\(text), which \(surprise)" }
    return "the text \(quoted(text))"
  }
}

/// A place in a text: file, line and column from 1.
public struct TextMark: Sendable, Equatable, CustomStringConvertible {
  public var source: String
  public var line: Int
  public var column: Int

  public init(source: String, line: Int, column: Int) {
    self.source = source
    self.line = line
    self.column = column
  }

  public var description: String { "\(source):\(line):\(column)" }
}
