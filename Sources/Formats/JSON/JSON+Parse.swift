public import Kernels

/// What the parser accepts at most.
public struct JSONLimits: Sendable {
  /// What to do with a key that an object holds twice.
  public enum DuplicateKeys: Sendable {
    /// The last value stays, as in every common reader.
    case keepLast
    case refuse
  }

  /// Arrays and objects inside one another.
  public var depth: Int
  public var bytes: Int
  /// Values of all kinds together.
  public var values: Int
  public var duplicateKeys: DuplicateKeys

  public init(
    depth: Int = 64, bytes: Int = 1 << 30, values: Int = 1 << 24,
    duplicateKeys: DuplicateKeys = .keepLast
  ) {
    self.depth = depth
    self.bytes = bytes
    self.values = values
    self.duplicateKeys = duplicateKeys
  }

  public static let `default` = JSONLimits()
  /// As the default, but a key that comes twice is an error.
  public static let strict = JSONLimits(duplicateKeys: .refuse)
}

extension JSON {
  /// The one JSON value that `bytes` (UTF-8, a byte-order mark is skipped) hold.
  ///
  /// Refused, with line, column and byte: NaN and infinities, numbers beyond a double, half
  /// surrogate pairs, invalid UTF-8, anything after the value, and whatever passes `limits`.
  /// `source` is the name that messages begin with.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, source: String, limits: JSONLimits = .default
  ) throws(Problem) -> JSON {
    try parse(bytes, source: source, limits: limits, firstLine: 1)
  }

  /// As above, of a text that begins at line `firstLine` of its source.
  static func parse(
    _ bytes: UnsafeRawBufferPointer, source: String, limits: JSONLimits, firstLine: Int
  ) throws(Problem) -> JSON {
    guard bytes.count <= limits.bytes else {
      throw Problem(
        .badData, at: source, "\(bytes.count) bytes of JSON", expected: "at most \(limits.bytes)")
    }
    var parser = JSONParser(bytes, source: source, limits: limits, firstLine: firstLine)
    return try parser.document()
  }

  public static func parse(
    _ bytes: [UInt8], source: String, limits: JSONLimits = .default
  ) throws(Problem) -> JSON {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(Problem) in try parse(bytes, source: source, limits: limits) }
    }.get()
  }

  public static func parse(
    _ text: String, source: String, limits: JSONLimits = .default
  ) throws(Problem) -> JSON {
    var text = text
    return try text.withUTF8 { bytes in
      Result { () throws(Problem) in
        try parse(UnsafeRawBufferPointer(bytes), source: source, limits: limits)
      }
    }.get()
  }
}
