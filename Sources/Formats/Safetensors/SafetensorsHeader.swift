public import Kernels

/// What a safetensors file says of one tensor.
public struct SafetensorsEntry: Sendable, Equatable {
  public let name: String
  /// As the file spells it: `F32`, `BF16`, `F8_E4M3`.
  public let dtypeName: String
  /// Nil for types that the format knows and the tensor core does not.
  public let dtype: DType?
  public let shape: [Int]
  /// Bytes of the tensor, counted from the start of the file.
  public let range: Range<Int>

  package init(
    name: String, dtypeName: String, dtype: DType?, shape: [Int], range: Range<Int>
  ) {
    self.name = name
    self.dtypeName = dtypeName
    self.dtype = dtype
    self.shape = shape
    self.range = range
  }
}

/// Checks the header against every rule of the format before anything is believed.
struct SafetensorsHeader {
  static let largestHeader = 100_000_000
  static let longestName = 4096

  /// In the order of their bytes.
  let entries: [SafetensorsEntry]
  let metadata: [String: String]

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(Problem) {
    let json = try Self.json(bytes, path: path)
    guard case .object(let object) = json else {
      throw Problem(
        .badData, at: path, "the header is \(json.kindName)", expected: "an object of tensors")
    }
    metadata = try Self.metadata(object["__metadata__"], path: path)
    let dataStart = 8 + Self.headerLength(bytes)
    var entries: [SafetensorsEntry] = []
    for (name, info) in object.entries where name != "__metadata__" {
      let reader = EntryReader(name: name, path: path, dataStart: dataStart)
      entries.append(try reader.entry(info, available: bytes.count - dataStart))
    }
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    try Self.checkTiling(entries, from: dataStart, to: bytes.count, path: path)
    self.entries = entries
  }

  private static func json(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(Problem) -> JSON {
    guard bytes.count >= 8 else {
      throw Problem(
        .badData, at: path, "the file is \(bytes.count) bytes", expected: "at least 8",
        hint: "it is cut short, fetch it again")
    }
    let announced = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard announced <= UInt64(bytes.count - 8) else {
      throw Problem(
        .badData, at: path,
        "the header takes \(announced) bytes, the file has \(bytes.count - 8) after its length",
        hint: guessedKind(bytes).map { "this looks like \($0)" }
          ?? "it is cut short or no safetensors file")
    }
    guard announced <= UInt64(largestHeader) else {
      throw Problem(
        .badData, at: path, "the header takes \(announced) bytes",
        expected: "at most \(largestHeader)")
    }
    let length = Int(announced)
    let limits = JSONLimits(values: 64 + length / 4, duplicateKeys: .refuse)
    let header = UnsafeRawBufferPointer(rebasing: bytes[8..<8 + length])
    return try JSON.parse(header, source: "\(path): header", limits: limits)
  }

  private static func headerLength(_ bytes: UnsafeRawBufferPointer) -> Int {
    Int(UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))
  }

  private static func metadata(
    _ value: JSON?, path: String
  ) throws(Problem) -> [String: String] {
    guard let value else { return [:] }
    guard let object = value.object else {
      throw Problem(
        .badData, at: path, "__metadata__ is \(value.kindName)", expected: "an object of strings")
    }
    var metadata: [String: String] = [:]
    for (key, value) in object.entries {
      guard let text = value.string else {
        throw Problem(
          .badData, at: path, "__metadata__ key \(quoted(key)) holds \(value.kindName)",
          expected: "a string")
      }
      metadata[key] = text
    }
    return metadata
  }

  /// The tensors must lie side by side and fill the file: no hole, overlap or tail where other
  /// data could hide.
  private static func checkTiling(
    _ entries: [SafetensorsEntry], from dataStart: Int, to end: Int, path: String
  ) throws(Problem) {
    var position = dataStart
    var previous: SafetensorsEntry?
    for entry in entries {
      if entry.range.lowerBound != position {
        let isOverlap = entry.range.lowerBound < position
        let before = previous.map { "\(quoted($0.name)) at \(shown($0, dataStart))" } ?? "the start"
        throw Problem(
          .badData, at: path,
          "tensor \(quoted(entry.name)) at \(shown(entry, dataStart)) "
            + (isOverlap ? "overlaps \(before)" : "leaves a gap after \(before)"),
          expected: "tensors side by side",
          hint: "the file is damaged or was made to mislead")
      }
      position = entry.range.upperBound
      previous = entry
    }
    guard position == end else {
      throw Problem(
        .badData, at: path, "\(end - position) bytes follow the last tensor",
        expected: "the file to end there", hint: "the file is damaged or was made to mislead")
    }
  }

  private static func shown(_ entry: SafetensorsEntry, _ dataStart: Int) -> String {
    "bytes \(entry.range.lowerBound - dataStart)..<\(entry.range.upperBound - dataStart)"
  }
}

/// Reads `{"dtype", "shape", "data_offsets"}` of one tensor.
private struct EntryReader {
  let name: String
  let path: String
  let dataStart: Int

  func entry(_ info: JSON, available: Int) throws(Problem) -> SafetensorsEntry {
    try checkName()
    guard let object = info.object else {
      throw problem("is \(info.kindName)", expected: "an object with dtype, shape, data_offsets")
    }
    let type = try type(object["dtype"])
    let shape = try numbers(object["shape"], key: "shape")
    let offsets = try numbers(object["data_offsets"], key: "data_offsets")
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw problem("has data_offsets \(offsets)", expected: "a begin and an end after it")
    }
    guard offsets[1] <= available else {
      throw problem(
        "ends at byte \(offsets[1]), the file has \(available)",
        hint: "it is cut short, fetch it again")
    }
    guard let needed = type.byteCount(shape) else {
      throw problem("has shape \(shape) of \(type.name), which is no number of bytes")
    }
    guard needed == offsets[1] - offsets[0] else {
      throw problem(
        "has shape \(shape) of \(type.name), \(needed) bytes, and \(offsets[1] - offsets[0]) bytes "
          + "of data")
    }
    return SafetensorsEntry(
      name: name, dtypeName: type.name, dtype: type.dtype, shape: shape,
      range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  private func checkName() throws(Problem) {
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw problem("has a name that is empty or holds NUL")
    }
    guard name.utf8.count <= SafetensorsHeader.longestName else {
      throw problem(
        "has a name of \(name.utf8.count) bytes",
        expected: "at most \(SafetensorsHeader.longestName)")
    }
  }

  private func type(_ value: JSON?) throws(Problem) -> SafetensorsType {
    guard let dtype = value?.string else { throw problem("has no dtype", expected: "a string") }
    guard let type = SafetensorsType.named(dtype) else {
      throw problem(
        "has dtype \(quoted(dtype))",
        expected: "one of " + SafetensorsType.known.map(\.name).joined(separator: ", "))
    }
    return type
  }

  private func numbers(_ value: JSON?, key: String) throws(Problem) -> [Int] {
    guard let value else { throw problem("has no \(key)", expected: "an array") }
    guard let elements = value.array else {
      throw problem("has a \(key) that is \(value.kindName)", expected: "an array")
    }
    var numbers: [Int] = []
    for element in elements {
      guard let number = element.int, number >= 0 else {
        throw problem(
          "has \(quoted(element.serialized())) in its \(key)", expected: "an unsigned integer")
      }
      numbers.append(number)
    }
    return numbers
  }

  private func problem(_ what: String, expected: String? = nil, hint: String? = nil) -> Problem {
    Problem(
      .badData, at: path, "tensor \(quoted(name)) \(what)", expected: expected, hint: hint)
  }
}
