import Formats
import TestSupport
import Testing

@testable import Tokenizers

/// A few of the golden cases that come with the repository, so that a clone alone proves them.
struct FixtureTests {
  @Test(arguments: [
    "sp-bpe-small", "unigram-bytefallback-small", "bytelevel-nfkc-small", "wordlevel-small",
  ])
  func encodesAsTheReference(name: String) throws {
    let folder = repositoryRoot.appendingPathComponent("Tests/Fixtures/tokenizers/\(name)").path
    let lines = try readText(folder + "/encode.jsonl").utf8.split(separator: 0x0A).map {
      try JSON.parse(Array($0), source: name)
    }
    #expect(lines.count > 40)
    try expectEncodings(try Tokenizer.load(directory: folder), lines)
  }
}

/// Ids, offsets and decoded text of every line, with special tokens and without.
func expectEncodings(_ tokenizer: Tokenizer, _ lines: [JSON]) throws {
  for line in lines {
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

/// Byte by byte: String equality would forgive other normalization forms.
func expectEqual(_ text: String, _ wanted: String) {
  #expect(Array(text.utf8) == Array(wanted.utf8), "\(text) is not \(wanted)")
}
