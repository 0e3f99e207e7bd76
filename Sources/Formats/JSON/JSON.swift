/// A JSON value. Objects keep the order of the file; whole numbers that fit are kept exactly.
public enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent that fits 64 bits.
  case int(Int64)
  /// Every other number. Always finite when it was parsed.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

// MARK: - Looking inside: nil when the value is of another kind

extension JSON {
  /// The text of a string.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// A whole number that was written as one: `1`, not `1.0`, `1e0` or `"1"`.
  public var int: Int? {
    if case .int(let value) = self { Int(exactly: value) } else { nil }
  }

  /// Any number.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var array: [JSON]? {
    if case .array(let values) = self { values } else { nil }
  }

  public var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  public var isNull: Bool { self == .null }

  /// The value of a key; nil when this is no object or has no such key. Setting turns anything
  /// else into an object; setting nil removes the key.
  public subscript(key: String) -> JSON? {
    get { if case .object(let object) = self { object[key] } else { nil } }
    set {
      var object = self.object ?? JSONObject()
      object[key] = newValue
      self = .object(object)
    }
  }

  /// The element at `index`; nil when this is no array or is shorter.
  public subscript(index: Int) -> JSON? {
    if case .array(let values) = self, values.indices.contains(index) {
      values[index]
    } else {
      nil
    }
  }

  /// What this is, for messages: `a string`, `an object`.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int: "a whole number"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

// MARK: - Literals

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }
}
