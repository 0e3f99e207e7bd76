public import Kernels

/// A mapped GGUF file (version 2 or 3, little-endian) whose header passed every check.
public final class GGUFFile: Sendable {
  public var path: String { file.path }
  public let version: Int
  /// All metadata by key; `metadataKeys` has the order of the file.
  public let metadata: [String: GGUFValue]
  public let metadataKeys: [String]
  /// Every tensor in the order of the file.
  public let entries: [GGUFEntry]
  private let positions: [String: Int]
  private let file: MappedFile

  /// Opens and checks `path`; tensors are read when they are asked for.
  ///
  /// - Throws: `Problem`, 65 for a file that breaks a rule of the format, 66 when it is missing.
  public init(path: String) throws(Problem) {
    file = try MappedFile(path: path)
    let header = try file.withBytes { bytes throws(Problem) in
      try GGUFHeader(bytes, path: path)
    }
    version = Int(header.version)
    metadata = header.metadata
    metadataKeys = header.keys
    entries = header.entries
    positions = Dictionary(
      uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// Names of all tensors in the order of the file.
  public var names: [String] { entries.map(\.name) }

  /// What the file says of `name`, nil when it has no such tensor.
  public func entry(_ name: String) -> GGUFEntry? { positions[name].map { entries[$0] } }

  /// The tensor of that name, as the file stores it (quantised blocks included), its shape
  /// row-major. A view of the file, or a copy where its type cannot be read at that address.
  ///
  /// - Throws: `Problem`, 65 when there is no such tensor or its type is not supported, 74 when
  ///   the file changed its size since it was opened.
  public func tensor(_ name: String) throws(Problem) -> Tensor {
    guard let entry = entry(name) else {
      throw Problem(.badData, at: path, "has no tensor \(quoted(name))")
    }
    guard let dtype = entry.dtype else {
      throw Problem(
        .badData, at: path,
        "tensor \(quoted(name)) is of type \(entry.typeName), which is not supported",
        expected: "one of "
          + GGUFType.known.filter { $0.dtype != nil }.map(\.name).joined(separator: ", "),
        hint: "use a file of another quantisation, such as Q8_0 or Q4_K_M")
    }
    return try view(of: file, shape: entry.shape, dtype: dtype, range: entry.range)
  }

  // MARK: - Metadata of a wanted type

  /// The value of `key` read by `reader`; nil when the key is absent.
  ///
  /// - Throws: `Problem` (65) that names the type found and the type `wanted`.
  private func value<Value>(
    _ key: String, _ wanted: String, _ reader: (GGUFValue) -> Value?
  ) throws(Problem) -> Value? {
    guard let found = metadata[key] else { return nil }
    guard let value = reader(found) else {
      throw Problem(
        .badData, at: path, "metadata \(quoted(key)) is of type \(found.typeName)",
        expected: wanted)
    }
    return value
  }

  public func string(_ key: String) throws(Problem) -> String? {
    try value(key, "string", \.string)
  }
  /// A whole number of any width.
  public func int(_ key: String) throws(Problem) -> Int? {
    try value(key, "a whole number that fits 63 bits", \.int)
  }
  public func double(_ key: String) throws(Problem) -> Double? {
    try value(key, "a number", \.double)
  }
  public func bool(_ key: String) throws(Problem) -> Bool? { try value(key, "bool", \.bool) }
  public func strings(_ key: String) throws(Problem) -> [String]? {
    try value(key, "array of string", \.strings)
  }
  public func floats(_ key: String) throws(Problem) -> [Float]? {
    try value(key, "array of f32", \.floats)
  }
  /// An array of whole numbers of any width.
  public func ints(_ key: String) throws(Problem) -> [Int]? {
    try value(key, "array of whole numbers", \.ints)
  }

  /// `value`, or a problem that says the key is missing.
  public func required<Value>(
    _ key: String, _ value: Value?
  ) throws(Problem) -> Value {
    guard let value else {
      throw Problem(.badData, at: path, "has no metadata \(quoted(key))")
    }
    return value
  }
}
