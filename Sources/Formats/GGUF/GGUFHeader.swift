public import Kernels

/// What a GGUF file says of one tensor.
public struct GGUFEntry: Sendable, Equatable {
  public let name: String
  /// As GGUF spells it: `F16`, `Q4_K`.
  public let typeName: String
  /// Nil for types that GGUF knows and the tensor core does not.
  public let dtype: DType?
  /// Row-major: the reverse of the order in the file.
  public let shape: [Int]
  /// Bytes of the tensor, counted from the start of the file.
  public let range: Range<Int>
}

/// Reads and checks everything before the data of a GGUF file.
struct GGUFHeader {
  static let supportedVersions: ClosedRange<UInt32> = 2...3
  static let mostDimensions = 4
  static let longestName = 4096
  /// Far more than any model has; what an entry costs in memory is several times its bytes.
  static let mostPairs = 1 << 16
  static let mostTensors = 1 << 20
  static let defaultAlignment = 32

  private(set) var version: UInt32 = 0
  private(set) var keys: [String] = []
  private(set) var metadata: [String: GGUFValue] = [:]
  private(set) var entries: [GGUFEntry] = []
  private(set) var alignment = GGUFHeader.defaultAlignment
  private var cursor: GGUFCursor

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(Problem) {
    cursor = GGUFCursor(bytes, path: path)
    try readVersion()
    // A tensor takes a name's length, a dimension count, a type and an offset; a pair a key's
    // length, a type and a byte.
    let tensorCount = try cursor.count("the number of tensors", smallest: 24)
    let pairCount = try cursor.count("the number of metadata pairs", smallest: 13)
    guard pairCount <= Self.mostPairs, tensorCount <= Self.mostTensors else {
      throw Problem(
        .badData, at: path, "\(tensorCount) tensors and \(pairCount) metadata pairs",
        expected: "at most \(Self.mostTensors) and \(Self.mostPairs)")
    }
    try readMetadata(pairCount)
    try readAlignment()
    var infos: [TensorInfo] = []
    for index in 0..<tensorCount { infos.append(try tensorInfo(index)) }
    try place(infos)
  }

  private mutating func readVersion() throws(Problem) {
    guard cursor.remaining >= 4 else {
      throw Problem(
        .badData, at: cursor.path, "the file is \(cursor.bytes.count) bytes",
        expected: "at least 24", hint: "it is cut short, fetch it again")
    }
    guard cursor.bytes.starts(with: "GGUF".utf8) else {
      throw Problem(
        .badData, at: cursor.path, "does not begin with 'GGUF'",
        hint: guessedKind(cursor.bytes).map { "this looks like \($0)" } ?? "it is no GGUF file")
    }
    _ = try cursor.number(UInt32.self, "the magic number")
    version = try cursor.number(UInt32.self, "the version")
    if Self.supportedVersions.contains(version) { return }
    let isBigEndian = Self.supportedVersions.contains(version.byteSwapped)
    throw cursor.problem(
      isBigEndian ? "the file is big-endian" : "GGUF version \(version)", at: 4,
      expected: isBigEndian ? "a little-endian file" : "version 2 or 3",
      hint: isBigEndian ? "convert it with gguf_convert_endian.py" : nil)
  }

  private mutating func readMetadata(_ count: Int) throws(Problem) {
    var starts: [String: Int] = [:]
    for index in 0..<count {
      let start = cursor.position
      let key = try cursor.string("key \(index)")
      guard !key.isEmpty, key.utf8.count < 1 << 16 else {
        throw cursor.problem(
          "key \(index) has \(key.utf8.count) bytes", at: start, expected: "1 to 65535")
      }
      if let first = starts.updateValue(start, forKey: key) {
        throw cursor.problem(
          "key \(quoted(key)) comes a second time, first at byte \(first)", at: start)
      }
      metadata[key] = try cursor.value("the value of \(quoted(key))")
      keys.append(key)
    }
  }

  private mutating func readAlignment() throws(Problem) {
    guard let value = metadata["general.alignment"] else { return }
    guard case .uint32(let number) = value else {
      throw Problem(
        .badData, at: cursor.path, "general.alignment is of type \(value.typeName)",
        expected: "u32")
    }
    guard number.nonzeroBitCount == 1, number <= 1 << 20 else {
      throw Problem(
        .badData, at: cursor.path, "general.alignment is \(number)",
        expected: "a power of two up to \(1 << 20)")
    }
    alignment = Int(number)
  }

  /// A tensor as announced, before its place in the file is known.
  private struct TensorInfo {
    let name: String
    let type: GGUFType
    let shape: [Int]
    let offset: UInt64
    let byteCount: Int
    /// Where the announcement stands.
    let start: Int
  }

  private mutating func tensorInfo(_ index: Int) throws(Problem) -> TensorInfo {
    let start = cursor.position
    let name = try cursor.string("the name of tensor \(index)")
    guard !name.isEmpty, name.utf8.count <= Self.longestName, !name.utf8.contains(0) else {
      throw cursor.problem(
        "tensor \(index) has a name of \(name.utf8.count) bytes or with NUL", at: start,
        expected: "1 to \(Self.longestName) bytes")
    }
    let shape = try shape(of: name)
    let typeStart = cursor.position
    let number = try cursor.number(UInt32.self, "the type of tensor \(quoted(name))")
    guard let type = GGUFType.numbered(number) else {
      let removed = GGUFType.removed[number].map { " (\($0), removed from the format)" } ?? ""
      throw cursor.problem(
        "tensor \(quoted(name)) has type \(number)\(removed)", at: typeStart,
        expected: "a type of GGUF, such as "
          + GGUFType.known.filter { $0.dtype != nil }.map(\.name).joined(separator: ", "))
    }
    let offset = try cursor.number(UInt64.self, "the offset of tensor \(quoted(name))")
    let bytes = try byteCount(of: name, shape, type, at: start)
    return TensorInfo(
      name: name, type: type, shape: shape, offset: offset, byteCount: bytes, start: start)
  }

  private mutating func shape(of name: String) throws(Problem) -> [Int] {
    let start = cursor.position
    let what = "the shape of tensor \(quoted(name))"
    let rank = try cursor.number(UInt32.self, what)
    guard rank <= Self.mostDimensions else {
      throw cursor.problem(
        "tensor \(quoted(name)) has \(rank) dimensions", at: start,
        expected: "at most \(Self.mostDimensions)")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      let size = try cursor.number(UInt64.self, what)
      guard let size = Int(exactly: size) else {
        throw cursor.problem("tensor \(quoted(name)) has a dimension of \(size)", at: start)
      }
      shape.insert(size, at: 0)
    }
    return shape
  }

  private func byteCount(
    of name: String, _ shape: [Int], _ type: GGUFType, at start: Int
  ) throws(Problem) -> Int {
    guard let elements = checkedProduct(shape), let bytes = type.byteCount(elements: elements)
    else {
      throw cursor.problem(
        "tensor \(quoted(name)) has shape \(shape), too many elements to count", at: start)
    }
    let width = shape.last ?? 1
    guard width % type.blockElements == 0 else {
      throw cursor.problem(
        "tensor \(quoted(name)) has rows of \(width) values", at: start,
        expected: "a multiple of \(type.blockElements), as \(type.name) stores blocks of that")
    }
    return bytes
  }

  /// Checks names and places of all tensors and makes entries of them.
  private mutating func place(_ infos: [TensorInfo]) throws(Problem) {
    var starts: [String: Int] = [:]
    for info in infos {
      if let first = starts.updateValue(info.start, forKey: info.name) {
        throw cursor.problem(
          "tensor \(quoted(info.name)) comes a second time, first at byte \(first)",
          at: info.start)
      }
    }
    let (rounded, overflow) = cursor.position.addingReportingOverflow(alignment - 1)
    let dataStart = overflow ? cursor.position : rounded / alignment * alignment
    for info in infos { entries.append(try entry(info, dataStart: dataStart)) }
    try checkOverlaps()
  }

  private func entry(_ info: TensorInfo, dataStart: Int) throws(Problem) -> GGUFEntry {
    guard info.offset % UInt64(alignment) == 0 else {
      throw cursor.problem(
        "tensor \(quoted(info.name)) lies at offset \(info.offset)", at: info.start,
        expected: "a multiple of the alignment \(alignment)")
    }
    let available = max(0, cursor.bytes.count - dataStart)
    guard info.byteCount <= available, info.offset <= UInt64(available - info.byteCount) else {
      throw cursor.problem(
        "tensor \(quoted(info.name)) takes \(info.byteCount) bytes at offset \(info.offset), "
          + "the file has \(available) bytes of data", at: info.start,
        hint: "it is cut short, fetch it again")
    }
    // An empty tensor may be announced where the file already ended within the padding.
    let start =
      info.byteCount == 0 ? min(dataStart, cursor.bytes.count) : dataStart + Int(info.offset)
    return GGUFEntry(
      name: info.name, typeName: info.type.name, dtype: info.type.dtype, shape: info.shape,
      range: start..<start + info.byteCount)
  }

  private func checkOverlaps() throws(Problem) {
    let placed = entries.filter { !$0.range.isEmpty }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (one, next) in zip(placed, placed.dropFirst())
    where next.range.lowerBound < one.range.upperBound {
      throw Problem(
        .badData, at: cursor.path,
        "tensor \(quoted(next.name)) at bytes \(next.range) overlaps \(quoted(one.name)) at "
          + "\(one.range)",
        hint: "the file is damaged or was made to mislead")
    }
  }
}
