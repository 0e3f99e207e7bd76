import Formats
import TestSupport
import Testing

@testable import Tokenizers

@Suite(.enabled(if: Goldens.folder != nil))
struct GoldenTests {
  @Test(arguments: Goldens.names)
  func encodesAsTheReference(name: String) throws {
    try expectEncodings(
      try Goldens.tokenizer(name), try Goldens.lines("cases/\(name)/encode.jsonl"))
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
}
