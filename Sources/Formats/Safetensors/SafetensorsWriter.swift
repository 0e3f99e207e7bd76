public import Kernels

/// A tensor about to be written: its name, type and shape, known before its data.
public struct TensorDescription: Sendable, Equatable {
  public let name: String
  /// One of the types that are no GGUF blocks.
  public let dtype: DType
  public let shape: [Int]

  public init(name: String, dtype: DType, shape: [Int]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
  }

  public var byteCount: Int { dtype.byteCount(shape: shape) ?? 0 }
}

/// Writes a safetensors file tensor by tensor, so that a model larger than memory can be saved.
/// The file appears at its path when `finish` returns, and not before.
///
/// The tensors follow in the order of `descriptions`, except that wider types come first, which
/// keeps all data aligned: feed them in the order of `descriptions` of this writer.
public final class SafetensorsWriter {
  /// What is expected, in the order of the file.
  public let descriptions: [TensorDescription]
  private let file: AtomicFile
  private var next = 0

  /// - Throws: `Problem`: 73 when the file cannot be made, 1 for names that come twice or types
  ///   that the format lacks.
  public init(
    path: String, tensors: [TensorDescription], metadata: [String: String] = ["format": "pt"]
  ) throws(Problem) {
    descriptions = Self.inFileOrder(tensors)
    let header = try Self.header(descriptions, metadata, path: path)
    file = try AtomicFile(path: path)
    try file.write(header)
  }

  /// Appends the data of the next description.
  public func append(_ tensor: Tensor) throws(Problem) {
    precondition(next < descriptions.count, "more tensors than were announced")
    let wanted = descriptions[next]
    precondition(
      tensor.dtype == wanted.dtype && tensor.shape == wanted.shape,
      "\(tensor.shape) of \(tensor.dtype) where \(wanted) was announced")
    next += 1
    try tensor.withBytes { bytes in
      Result { () throws(Problem) in try file.write(bytes) }
    }.get()
  }

  /// Makes the file durable and gives it its name.
  public func finish() throws(Problem) {
    precondition(next == descriptions.count, "\(next) of \(descriptions.count) tensors written")
    try file.commit()
  }

  /// Writes all of `tensors` to `path` at once.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], to path: String,
    metadata: [String: String] = ["format": "pt"]
  ) throws(Problem) {
    let descriptions = tensors.map {
      TensorDescription(name: $0.name, dtype: $0.tensor.dtype, shape: $0.tensor.shape)
    }
    let writer = try SafetensorsWriter(path: path, tensors: descriptions, metadata: metadata)
    let byName = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    for description in writer.descriptions {
      if let tensor = byName[description.name] { try writer.append(tensor) }
    }
    try writer.finish()
  }

  /// Wider types first, which keeps all data aligned.
  static func inFileOrder(_ tensors: [TensorDescription]) -> [TensorDescription] {
    tensors.enumerated().sorted {
      ($1.element.dtype.blockBytes, $0.offset) < ($0.element.dtype.blockBytes, $1.offset)
    }.map(\.element)
  }

  /// Length and JSON, padded with spaces so that data begins at a multiple of 8.
  static func header(
    _ descriptions: [TensorDescription], _ metadata: [String: String], path: String
  ) throws(Problem) -> [UInt8] {
    var object = JSONObject()
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
      object["__metadata__"] = .object(
        JSONObject(pairs.map { (key: $0.key, value: .string($0.value)) }))
    }
    var offset = 0
    for tensor in descriptions {
      guard let type = SafetensorsType.of(tensor.dtype),
        let bytes = tensor.dtype.byteCount(shape: tensor.shape), object[tensor.name] == nil
      else {
        throw Problem(
          .failed, at: path,
          "tensor \(quoted(tensor.name)) of \(tensor.dtype), \(tensor.shape), cannot be written",
          expected: "distinct names and types that are no quantised blocks")
      }
      object[tensor.name] = [
        "dtype": .string(type.name), "shape": .array(tensor.shape.map { .int(Int64($0)) }),
        "data_offsets": [.int(Int64(offset)), .int(Int64(offset + bytes))],
      ]
      offset += bytes
    }
    var json = Array(JSON.object(object).serialized().utf8)
    json.append(contentsOf: repeatElement(0x20, count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }
}
