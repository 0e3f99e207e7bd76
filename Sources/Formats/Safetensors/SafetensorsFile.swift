public import Kernels

/// A mapped safetensors file whose header passed every check of the format.
public final class SafetensorsFile: Sendable {
  public var path: String { file.path }
  /// The `__metadata__` of the file, empty when it has none.
  public let metadata: [String: String]
  /// Every tensor in the order of its bytes.
  public let entries: [SafetensorsEntry]
  private let positions: [String: Int]
  private let file: MappedFile

  /// Opens and checks `path`; tensors are read when they are asked for.
  ///
  /// - Throws: `Problem`, 65 for a file that breaks a rule of the format, 66 when it is missing.
  public init(path: String) throws(Problem) {
    file = try MappedFile(path: path)
    let header = try file.withBytes { bytes throws(Problem) in
      try SafetensorsHeader(bytes, path: path)
    }
    metadata = header.metadata
    entries = header.entries
    positions = Dictionary(
      uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// Names of all tensors in the order of their bytes.
  public var names: [String] { entries.map(\.name) }

  /// Size and time of the last change of the file, see `MappedFile.stamp`.
  public func stamp() throws(Problem) -> String { try file.stamp() }

  /// What the file says of `name`, nil when it has no such tensor.
  public func entry(_ name: String) -> SafetensorsEntry? { positions[name].map { entries[$0] } }

  /// The tensor of that name: a view of the file, or a copy where the file holds it at an address
  /// that its type cannot be read from.
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
        "tensor \(quoted(name)) is of type \(entry.dtypeName), which is not supported",
        expected: "one of "
          + SafetensorsType.known.filter { $0.dtype != nil }.map(\.name).joined(separator: ", "),
        hint: "convert it to BF16 or F32")
    }
    return try view(of: file, shape: entry.shape, dtype: dtype, range: entry.range)
  }
}

/// Bytes `range` of `file` as a tensor: a view where the address allows, else a copy.
func view(
  of file: MappedFile, shape: [Int], dtype: DType, range: Range<Int>
) throws(Problem) -> Tensor {
  try file.recheck()
  let alignment = dtype.isQuantised ? 1 : dtype.blockBytes
  if range.lowerBound % alignment == 0 {
    return Tensor(
      shape: shape, dtype: dtype, storage: file.storage(), byteOffset: range.lowerBound)
  }
  let copy = Tensor(zeros: shape, dtype: dtype)
  file.withBytes { bytes in
    let target = UnsafeMutableRawBufferPointer(start: copy.rawPointer, count: range.count)
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
  }
  return copy
}
