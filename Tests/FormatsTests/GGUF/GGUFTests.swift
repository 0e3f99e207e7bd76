import Formats
import Foundation
import Kernels
import TestSupport
import Testing

/// Builds small GGUF files byte by byte.
struct GGUFBuilder {
  var bytes: [UInt8] = Array("GGUF".utf8)

  init(version: UInt32 = 3, tensors: UInt64 = 0, pairs: UInt64 = 0) {
    add(version)
    add(tensors)
    add(pairs)
  }

  mutating func add<T: FixedWidthInteger>(_ number: T) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func tensor(_ name: String, _ dims: [UInt64], type: UInt32, offset: UInt64) {
    add(name)
    add(UInt32(dims.count))
    for dim in dims { add(dim) }
    add(type)
    add(offset)
  }

  mutating func data(_ count: Int) {
    bytes.append(contentsOf: repeatElement(0, count: (32 - bytes.count % 32) % 32 + count))
  }
}

struct GGUFTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func refusal(_ builder: GGUFBuilder) throws -> String {
    let path = try folder.file("t.gguf", builder.bytes)
    return message { _ = try checkFile(path) }
  }

  @Test(.enabled(if: shared("goldens/gguf") != nil), arguments: ["metadata", "metadata_v2"])
  func readsEveryMetadataType(name: String) throws {
    let root = try #require(shared("goldens/gguf"))
    let golden = try JSON.parse(file: root.appendingPathComponent("metadata.json").path)
    let file = try GGUFFile(path: root.appendingPathComponent("\(name).gguf").path)
    let wanted = try #require(golden["metadata"]?.object)
    #expect(file.metadataKeys == wanted.keys)
    for (key, value) in wanted.entries {
      #expect(file.metadata[key].map(json) == value[1], "\(key)")
    }
  }

  @Test func boundsEveryLengthByTheFile() throws {
    #expect(
      try refusal(GGUFBuilder(tensors: .max)).contains("number of tensors is 18446744073709551615"))
    #expect(try refusal(GGUFBuilder(pairs: .max)).contains("number of metadata pairs"))
    var string = GGUFBuilder(pairs: 1)
    string.add(UInt64(1) << 63)
    string.add(UInt64(0))
    #expect(try refusal(string).contains("the length of key 0 is 9223372036854775808"))
    var array = GGUFBuilder(pairs: 1)
    array.add("k")
    array.add(UInt32(9))
    array.add(UInt32(0))
    array.add(UInt64(1) << 40)
    #expect(try refusal(array).contains("the length of the value of 'k' is 1099511627776"))
  }

  @Test func namesVersionAndEndianness() throws {
    #expect(
      try refusal(GGUFBuilder(version: 1)).contains("GGUF version 1; expected version 2 or 3"))
    #expect(try refusal(GGUFBuilder(version: UInt32(3).byteSwapped)).contains("big-endian"))
    let path = try folder.file("t.gguf", Array("GGUF".utf8))
    #expect(message { _ = try GGUFFile(path: path) }.contains("within the version"))
    let json = try folder.file("j.gguf", "{\"a\": 1}")
    #expect(message { _ = try GGUFFile(path: json) }.contains("this looks like JSON"))
  }

  @Test func refusesTensorsThatCannotBe() throws {
    func one(_ dims: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 64) throws
      -> String
    {
      var builder = GGUFBuilder(tensors: 1)
      builder.tensor("t", dims, type: type, offset: offset)
      builder.data(data)
      return try refusal(builder)
    }
    #expect(try one([16]) == "accepted")
    #expect(try one([0, 3]) == "accepted")
    #expect(try one([1, 1, 1, 1, 1]).contains("5 dimensions"))
    #expect(try one([.max]).contains("a dimension of 18446744073709551615"))
    #expect(try one([1 << 62, 4]).contains("too many elements"))
    #expect(try one([33], type: 2).contains("rows of 33 values"))
    #expect(try one([16], offset: 4).contains("multiple of the alignment 32"))
    #expect(try one([16], offset: 32).contains("takes 64 bytes at offset 32"))
    #expect(try one([16], offset: UInt64.max - 31).contains("takes 64 bytes"))
    #expect(try one([16], type: 4).contains("Q4_2, removed"))
    #expect(try one([16], type: 9999).contains("type 9999"))
  }

  @Test func opensKnownUnsupportedTypesAndSaysSoWhenAsked() throws {
    var builder = GGUFBuilder(tensors: 1)
    builder.tensor("w", [256], type: 16, offset: 0)
    builder.data(66)
    let file = try GGUFFile(path: try folder.file("t.gguf", builder.bytes))
    #expect(file.entry("w")?.typeName == "IQ2_XXS")
    let found = message { _ = try file.tensor("w") }
    #expect(found.contains("'w' is of type IQ2_XXS, which is not supported"))
  }

  @Test func checksTheVocabulary() throws {
    func vocabulary(scores: UInt64, type: UInt32, bos: UInt32) throws -> String {
      var builder = GGUFBuilder(pairs: 3)
      builder.add("tokenizer.ggml.tokens")
      builder.add(UInt32(9))
      builder.add(UInt32(8))
      builder.add(UInt64(2))
      builder.add("a")
      builder.add("b")
      builder.add("tokenizer.ggml.scores")
      builder.add(UInt32(9))
      builder.add(type)
      builder.add(scores)
      for _ in 0..<scores { if type == 6 { builder.add(UInt32(0)) } else { builder.add(UInt8(0)) } }
      builder.add("tokenizer.ggml.bos_token_id")
      builder.add(UInt32(4))
      builder.add(bos)
      return try refusal(builder)
    }
    #expect(try vocabulary(scores: 2, type: 6, bos: 1) == "accepted")
    #expect(try vocabulary(scores: 3, type: 6, bos: 1).contains("has 3 elements, the vocabulary 2"))
    #expect(
      try vocabulary(scores: 2, type: 0, bos: 1).contains("array of u8; expected array of f32"))
    #expect(try vocabulary(scores: 2, type: 6, bos: 2).contains("is 2; expected an id below 2"))
  }

  @Test func neverTrapsOnDamagedFiles() throws {
    var builder = GGUFBuilder(tensors: 1, pairs: 2)
    builder.add("general.alignment")
    builder.add(UInt32(4))
    builder.add(UInt32(32))
    builder.add("k")
    builder.add(UInt32(9))
    builder.add(UInt32(8))
    builder.add(UInt64(1))
    builder.add("é")
    builder.tensor("t", [8, 1], type: 0, offset: 0)
    builder.data(32)
    let whole = builder.bytes
    #expect(try refusal(builder) == "accepted")
    for end in whole.indices {
      let path = try folder.file("d.gguf", Array(whole[..<end]))
      #expect(throws: Problem.self) { try GGUFFile(path: path) }
    }
    for index in whole.indices.dropLast(32) {
      for byte: UInt8 in [0, 9, 0x80, 0xFF] {
        var damaged = whole
        damaged[index] = byte
        let path = try folder.file("d.gguf", damaged)
        if case .gguf(let file)? = try? checkFile(path) {
          for name in file.names { _ = try? file.tensor(name) }
        }
      }
    }
  }

  private func json(_ value: GGUFValue) -> JSON {
    if let text = value.string { return .string(text) }
    if let flag = value.bool { return .bool(flag) }
    if let number = value.int { return .int(Int64(number)) }
    if let number = value.double { return .number(number) }
    if let texts = value.strings { return .array(texts.map(JSON.string)) }
    if let flags = value.bools { return .array(flags.map(JSON.bool)) }
    if let numbers = value.ints { return .array(numbers.map { .int(Int64($0)) }) }
    if case .uint64(let wide) = value { return .number(Double(wide)) }
    if let numbers = value.floats { return .array(numbers.map { .number(Double($0)) }) }
    if case .array(.float64(let numbers)) = value { return .array(numbers.map(JSON.number)) }
    return .null
  }
}
