import Formats
import TestSupport
import Testing

@testable import Tokenizers

@Suite(.enabled(if: Goldens.folder != nil))
struct GoldenTests {
  @Test(arguments: Goldens.names)
  func encodesAsTheReference(name: String) throws {
    let tokenizer = try Goldens.tokenizer(name)
    for line in try Goldens.lines("cases/\(name)/encode.jsonl") {
      let text = line["text"]?.string ?? ""
      let encoding = try tokenizer.encode(text)
      let ids = line["ids"]?.int32s ?? []
      let offsets = line["offsets"]?.ints ?? []
      try check(encoding, ids, offsets, line["byte_offsets"]?.ints, of: text)
      let special = try tokenizer.encode(text, addSpecialTokens: true)
      let specialIDs = line["ids_special"]?.int32s ?? ids
      try check(special, specialIDs, line["offsets_special"]?.ints ?? offsets, nil, of: text)
      if let mask = line["special_mask"]?.ints {
        #expect(special.specialMask == mask.map { $0 == 1 })
      }
      #expect(try tokenizer.encodeIDs(text) == ids)
      let decoded = line["decoded"]?.string ?? ""
      expectEqual(tokenizer.decode(ids), decoded)
      expectEqual(
        tokenizer.decode(specialIDs, skipSpecialTokens: true),
        line["decoded_skip"]?.string ?? decoded)
      expectEqual(
        tokenizer.decode(specialIDs), line["decoded_special"]?.string ?? decoded)
    }
  }

  private func check(
    _ encoding: Encoding, _ ids: [Int32], _ offsets: [Int], _ byteOffsets: [Int]?,
    of text: String
  ) throws {
    try #require(encoding.ids == ids, "\(text)")
    try #require(encoding.scalarOffsets(in: text).flat == offsets, "\(text)")
    if let byteOffsets { #expect(encoding.byteOffsets.flat == byteOffsets, "\(text)") }
  }

  @Test(arguments: Goldens.names)
  func decodesAsTheReference(name: String) throws {
    let tokenizer = try Goldens.tokenizer(name)
    for line in try Goldens.lines("cases/\(name)/decode.jsonl") {
      let ids = line["ids"]?.int32s ?? []
      expectEqual(tokenizer.decode(ids), line["text"]?.string ?? "")
      expectEqual(
        tokenizer.decode(ids, skipSpecialTokens: true),
        line["text_skip"]?.string ?? line["text"]?.string ?? "")
      let tokens = line["tokens"]?.array?.map(\.string)
      #expect(ids.map { tokenizer.token($0) } == tokens)
    }
  }

  @Test(arguments: Goldens.names)
  func encodesPairsAsTheReference(name: String) throws {
    let tokenizer = try Goldens.tokenizer(name)
    for line in try Goldens.lines("cases/\(name)/pairs.jsonl") {
      let (a, b) = (line["a"]?.string ?? "", line["b"]?.string ?? "")
      let encoding = try tokenizer.encode(a, pair: b)
      #expect(encoding.ids == line["ids"]?.int32s)
      #expect(encoding.typeIDs == line["type_ids"]?.int32s)
      #expect(encoding.specialMask == line["special_mask"]?.ints.map { $0 == 1 })
      #expect(encoding.scalarOffsets(in: a, b).flat == line["offsets"]?.ints)
      #expect(encoding.sequenceIDs == line["sequence_ids"]?.array?.map(\.int))
    }
  }

  /// Byte by byte: String equality would forgive other normalization forms.
  private func expectEqual(_ text: String, _ wanted: String) {
    #expect(Array(text.utf8) == Array(wanted.utf8), "\(text) is not \(wanted)")
  }
}
