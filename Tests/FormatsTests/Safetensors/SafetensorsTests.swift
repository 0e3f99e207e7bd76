import Formats
import Foundation
import Kernels
import TestSupport
import Testing

/// A safetensors file of `header` and `data` zero bytes.
func safetensors(_ header: String, data: Int) -> [UInt8] {
  let json = Array(header.utf8)
  return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    + [UInt8](repeating: 0, count: data)
}

struct SafetensorsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func refusal(_ header: String, data: Int) throws -> String {
    let path = try folder.file("t.safetensors", safetensors(header, data: data))
    return message { _ = try SafetensorsFile(path: path) }
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12, "tensor 'b' at bytes 4..<12 overlaps 'a' at bytes 0..<8"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leaves a gap after the start"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 9, "5 bytes follow the last"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3,
      "ends at byte 4, the file has 3"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e3]}}"#, 4, "an unsigned integer"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}"#, 4,
      "an unsigned integer"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
      "no number of bytes"
    ),
    (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2, "no number of bytes"),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "12 bytes, and 8 bytes of data"
    ),
    (#"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#, 4, "'F99'; expected one of BOOL"),
    (#"{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "empty or holds NUL"),
    (#"{"a\u0000":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "empty or holds NUL"),
    (#"{"__metadata__":{"k":1}}"#, 0, "key 'k' holds a whole number"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      4, "'a' comes twice"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "a begin and an end"),
  ])
  func refuses(header: String, data: Int, saying expected: String) throws {
    let found = try refusal(header, data: data)
    #expect(found.contains(expected), "\(found)")
  }

  @Test func refusesANameOfAMegabyteAndShowsItsBeginning() throws {
    let name = String(repeating: "n", count: 1 << 20)
    let found = try refusal(
      "{\"\(name)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", data: 0)
    #expect(found.contains("name of 1048576 bytes") && found.utf8.count < 400)
  }

  @Test(arguments: ["   {}   ", "\n{}", "{}      "]) func toleratesSpaceAround(header: String)
    throws
  {
    #expect(try refusal(header, data: 0) == "accepted")
  }

  @Test func namesWhatALongHeaderReallyIs() throws {
    let zip = try folder.file(
      "z.safetensors", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 9, count: 60))
    #expect(message { _ = try SafetensorsFile(path: zip) }.contains("zip archive"))
    let pointer = try folder.file(
      "l.safetensors",
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n")
    #expect(
      message { _ = try SafetensorsFile(path: pointer) }.contains("12345 bytes it stands for"))
  }

  @Test func opensUnsupportedTypesAndSaysSoWhenAsked() throws {
    let header = #"{"x":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]}}"#
    let file = try SafetensorsFile(
      path: try folder.file("t.safetensors", safetensors(header, data: 4)))
    let found = message { _ = try file.tensor("x") }
    #expect(found.contains("tensor 'x' is of type F8_E4M3, which is not supported"))
    #expect(message { _ = try file.tensor("y") }.contains("has no tensor 'y'"))
  }

  @Test func noticesAFileThatShrankBeforeARead() throws {
    let path = "\(folder.path)/s.safetensors"
    try SafetensorsWriter.write([("a", Tensor([Float(1), 2, 3], shape: [3]))], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(truncate(path, 8) == 0)
    let found = message { _ = try file.tensor("a") }
    #expect(found.contains("when it was opened, now it has 8"))
  }

  @Test func neverTrapsOnDamagedFiles() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I8","shape":[],"data_offsets":[8,9]}}"#
    let whole = safetensors(header, data: 9)
    for end in whole.indices {
      let path = try folder.file("d.safetensors", Array(whole[..<end]))
      #expect(throws: Problem.self) { try SafetensorsFile(path: path) }
    }
    for index in whole.indices.dropLast(9) {
      for byte: UInt8 in [0, 0x20, 0x22, 0x2D, 0x39, 0x5B, 0x7D, 0xFF] {
        var damaged = whole
        damaged[index] = byte
        let path = try folder.file("d.safetensors", damaged)
        if let file = try? SafetensorsFile(path: path) {
          for name in file.names { _ = try? file.tensor(name) }
        }
      }
    }
  }
}

struct SafetensorsWriterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func writesWhatItReads() throws {
    let path = "\(folder.path)/w.safetensors"
    let values = Tensor([1, -2.5, 3], shape: [3, 1])
    let ids = Tensor([Int64(7), .min], shape: [2])
    try SafetensorsWriter.write(
      [
        ("bytes", Tensor(zeros: [5], dtype: .u8)), ("x", values), ("ids", ids),
        ("empty", Tensor(zeros: [0, 4])),
      ],
      to: path, metadata: ["format": "pt", "naïve": "ü"])
    let file = try SafetensorsFile(path: path)
    #expect(file.names == ["ids", "x", "empty", "bytes"], "wider types first")
    #expect(try file.tensor("x").floats() == [1, -2.5, 3] && file.tensor("x").shape == [3, 1])
    #expect(
      try file.tensor("ids").withBytes { $0.loadUnaligned(fromByteOffset: 8, as: Int64.self) }
        == .min)
    #expect(try file.tensor("empty").shape == [0, 4])
    #expect(file.metadata == ["format": "pt", "naïve": "ü"])
    let length = try fileBytes(path)[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(
      length % 8 == 0 && file.entries.allSatisfy { $0.range.lowerBound % 4 == 0 || $0.dtype == .u8 }
    )
  }

  @Test func writesOverAFileThatIsMapped() throws {
    let path = "\(folder.path)/w.safetensors"
    try SafetensorsWriter.write([("a", Tensor([Float(1), 2], shape: [2]))], to: path)
    let before = try SafetensorsFile(path: path)
    try SafetensorsWriter.write([("a", Tensor([Float(3)], shape: [1]))], to: path)
    #expect(try before.tensor("a").floats() == [1, 2])
    #expect(try SafetensorsFile(path: path).tensor("a").floats() == [3])
  }

  @Test func dividesIntoShardsWithAnIndex() throws {
    let tensors = (0..<5).map { TensorDescription(name: "t\($0)", dtype: .f32, shape: [4]) }
    try ShardWriter.write(tensors, to: folder.path, shardBytes: 40) { description in
      Tensor([Float](repeating: Float(description.name.dropFirst()) ?? -1, count: 4), shape: [4])
    }
    #expect(
      fileNames() == [
        "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors", "model.safetensors.index.json",
      ])
    let index = try JSON.parse(file: "\(folder.path)/model.safetensors.index.json")
    #expect(index["metadata"]?["total_size"] == 80)
    let read = try ShardedTensors(directory: folder.path)
    #expect(read.names == tensors.map(\.name))
    #expect(try read.tensor("t3").floats() == [3, 3, 3, 3])
  }

  @Test func writesOneFileWhenItFits() throws {
    let tensors = [TensorDescription(name: "t", dtype: .f32, shape: [1])]
    try ShardWriter.write(tensors, to: folder.path) { _ in Tensor([Float(5)], shape: [1]) }
    #expect(fileNames() == ["model.safetensors"])
    #expect(try ShardedTensors(directory: folder.path).tensor("t").floats() == [5])
  }

  @Test func refusesPicklesWithARecipe() throws {
    _ = try folder.file("pytorch_model.bin", "PK")
    let found = message { _ = try ShardedTensors(directory: folder.path) }
    #expect(found.contains("PyTorch pickle") && found.contains("safetensors.torch"))
  }

  @Test func listsAllMissingShards() throws {
    _ = try folder.file(
      "model.safetensors.index.json", #"{"weight_map":{"a":"x.safetensors","b":"y.safetensors"}}"#)
    let found = message { _ = try ShardedTensors(directory: folder.path) }
    #expect(found.contains("2 files that are missing: 'x.safetensors', 'y.safetensors'"))
  }

  @Test func refusesTensorsInTwoShardsAndLinksThatLeave() throws {
    for name in ["x", "y"] {
      try SafetensorsWriter.write(
        [("a", Tensor([Float(1)], shape: [1])), (name, Tensor([Float(1)], shape: [1]))],
        to: "\(folder.path)/\(name).safetensors")
    }
    let index = #"{"weight_map":{"a":"x.safetensors","y":"y.safetensors"}}"#
    _ = try folder.file("model.safetensors.index.json", index)
    #expect(
      message { _ = try ShardedTensors(directory: folder.path) }.contains("'a' is in two shards"))
    let other = try TemporaryFolder()
    _ = try other.file("model.safetensors.index.json", #"{"weight_map":{"a":"x.safetensors"}}"#)
    symlink("\(folder.path)/x.safetensors", "\(other.path)/x.safetensors")
    #expect(
      message { _ = try ShardedTensors(directory: other.path) }.contains("a link that leaves"))
  }

  @Test func followsTheLinksOfACache() throws {
    let cache = "\(folder.path)/models--org--name"
    try makeDirectories("\(cache)/blobs")
    try makeDirectories("\(cache)/snapshots/abc")
    try SafetensorsWriter.write([("a", Tensor([Float(1)], shape: [1]))], to: "\(cache)/blobs/1")
    symlink("../../blobs/1", "\(cache)/snapshots/abc/x.safetensors")
    try writeAtomically(
      path: "\(cache)/snapshots/abc/model.safetensors.index.json",
      text: #"{"weight_map":{"a":"x.safetensors"}}"#)
    #expect(try ShardedTensors(directory: "\(cache)/snapshots/abc").names == ["a"])
  }

  private func fileNames() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }
}
