import PluginAPI
import Testing

@testable import Merging

struct TokenMatchingTests {
  /// `▁` and `Ġ` both stand for a space; roles come before spelling.
  private func tokenizer(_ entries: [String], byteLevel: Bool, bos: String) throws -> Tokenizer {
    var vocabulary = JSONObject()
    for (id, token) in entries.enumerated() { vocabulary[token] = .int(Int64(id)) }
    let json: JSON = [
      "added_tokens": [
        ["id": 0, "content": .string(bos), "special": true, "normalized": false]
      ],
      "pre_tokenizer": byteLevel
        ? ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false] : nil,
      "decoder": byteLevel ? ["type": "ByteLevel"] : nil,
      "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": []],
    ]
    return try Tokenizer.load(json: json, config: ["bos_token": .string(bos)])
  }

  private func origins(bytes: Bool = false, prefixes: Bool = false) throws
    -> [TokenMatching.Origin]
  {
    let model = try tokenizer(
      ["<s>", "▁the", "é", "<0x41>", "▁b", "B"], byteLevel: false, bos: "<s>")
    let donor = try tokenizer(
      ["<|bos|>", "Ġthe", "Ã©", "A", "Ġbc", "B"], byteLevel: true, bos: "<|bos|>")
    return TokenMatching(
      donor: donor, donorRows: 6, model: TokenIndex(model, rows: 6), allowsBytes: bytes,
      allowsPrefixes: prefixes
    ).origins
  }

  @Test func comparesWhatTokensStandFor() throws {
    #expect(
      try origins() == [
        .shared(0), .shared(1), .shared(2), .approximated, .approximated, .shared(5),
      ])
  }

  @Test func matchesBytesAndPrefixesOnRequest() throws {
    #expect(try origins(bytes: true)[3...] == [.byBytes(3), .approximated, .shared(5)])
    #expect(try origins(prefixes: true)[3...] == [.approximated, .byPrefix(4), .shared(5)])
  }

  @Test func idsPastTheRowsAreAbsent() throws {
    let tokens = try tokenizer(["<s>", "a", "b"], byteLevel: true, bos: "<s>")
    #expect(TokenIndex(tokens, rows: 2).ids[.text(Array("b".utf8))] == nil)
    let matching = TokenMatching(
      donor: tokens, donorRows: 2, model: TokenIndex(tokens, rows: 1), allowsBytes: false,
      allowsPrefixes: false)
    #expect(matching.origins == [.shared(0), .approximated, .zero])
    let counts = matching.counts(name: "m")
    #expect(counts.shared == 1 && counts.approximated == 1 && counts.zero == 1)
  }

  @Test(arguments: [MatchScope.no, .yes, .embed, .head])
  func scopesNameTheirMatrix(scope: MatchScope) {
    #expect(scope.includes(isHead: true) == [.yes, .head].contains(scope))
    #expect(scope.includes(isHead: false) == [.yes, .embed].contains(scope))
  }
}
