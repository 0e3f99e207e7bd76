import Formats
import Testing

@testable import Tokenizers

/// A byte-level BPE over `a`…`z`, spaces and what else a test needs.
private func byteLevel(
  merges: [(String, String)] = [], added: JSON = [], extra: (inout JSON) -> Void = { _ in }
) throws -> Tokenizer {
  var tokens = ByteAlphabet.scalars.map { String($0) }
  for (left, right) in merges { tokens.append(left + right) }
  var json: JSON = [
    "added_tokens": added,
    "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false],
    "decoder": ["type": "ByteLevel"],
  ]
  json["model"] = ["type": "BPE"]
  json["model"]?["vocab"] = .object(
    JSONObject(tokens.enumerated().map { (key: $0.element, value: .int(Int64($0.offset))) }))
  json["model"]?["merges"] = .array(merges.map { [.string($0.0), .string($0.1)] })
  extra(&json)
  return try Tokenizer.load(json: json)
}

private func added(
  _ content: String, id: Int64 = 300, lstrip: Bool = false, rstrip: Bool = false,
  singleWord: Bool = false, special: Bool = true
) -> JSON {
  [
    "id": .int(id), "content": .string(content), "lstrip": .bool(lstrip), "rstrip": .bool(rstrip),
    "single_word": .bool(singleWord), "special": .bool(special), "normalized": false,
  ]
}

struct TokenizerTests {
  @Test func mergesByRankThenLeftmost() throws {
    let tokenizer = try byteLevel(merges: [("a", "a"), ("aa", "a"), ("b", "a")])
    func tokens(_ text: String) throws -> [String] {
      try tokenizer.encode(text).ids.compactMap { tokenizer.token($0) }
    }
    #expect(try tokens("aaaaa") == ["aa", "aaa"])
    #expect(try tokens("baa") == ["b", "aa"])
    // Beyond 40 symbols a heap takes over from the scan.
    for count in [39, 40, 41, 42, 97, 200] {
      let expected =
        Array(repeating: "aa", count: count / 2 - (count % 2)) + (count % 2 == 1 ? ["aaa"] : [])
      #expect(try tokens(String(repeating: "a", count: count)) == expected, "\(count)")
    }
  }

  @Test func offsetsAreWholeCharacters() throws {
    let tokenizer = try byteLevel()
    let text = "é🙂e\u{301}"
    let encoding = try tokenizer.encode(text)
    #expect(encoding.count == text.utf8.count)
    #expect(encoding.byteOffsets[0] == TokenSpan(start: 0, end: 2))
    #expect(encoding.byteOffsets[1] == TokenSpan(start: 0, end: 2))
    #expect(encoding.byteOffsets[5] == TokenSpan(start: 2, end: 6))
    #expect(encoding.scalarOffsets(in: text)[6] == TokenSpan(start: 2, end: 3))
    #expect(encoding.scalarOffsets(in: text)[7] == TokenSpan(start: 3, end: 4))
  }

  @Test func cutsAddedTokensOut() throws {
    let tokenizer = try byteLevel(
      added: [
        added("<x>"), added("<xy>", id: 301), added("<l>", id: 302, lstrip: true),
        added("<r>", id: 303, rstrip: true), added("word", id: 304, singleWord: true),
      ])
    #expect(try tokenizer.encode("<x><xy>").ids == [300, 301])
    #expect(try tokenizer.encode("<x><xy>", parseSpecial: false).count == 7)
    let left = try tokenizer.encode("a  <l>b")
    #expect(left.ids.count == 3)
    #expect(left.byteOffsets[1] == TokenSpan(start: 1, end: 6))
    #expect(try tokenizer.encode("<r> \n b").count == 2)
    #expect(try tokenizer.encode("word sword words").ids.filter { $0 == 304 }.count == 1)
    #expect(tokenizer.vocabularySize == 305)
    #expect(tokenizer.specialIDs == [300, 301, 302, 303, 304])
    #expect(tokenizer.decode([300, 64, 301], skipSpecialTokens: true).count == 1)
  }

  @Test func streamsWholeCharacters() throws {
    let tokenizer = try byteLevel()
    let text = "héllo 🙂👨‍👩‍👧 wörld " + String(repeating: "日本語", count: 20)
    var stream = tokenizer.makeStream()
    var result = ""
    for id in try tokenizer.encode(text).ids {
      let part = stream.append(id)
      #expect(!part.unicodeScalars.contains("\u{FFFD}"))
      result += part
    }
    #expect(result + stream.finish() == text)
    // Broken bytes come out, late but whole.
    let broken: [Int32] = try tokenizer.encode("日").ids.dropLast() + tokenizer.encode("a").ids
    result = broken.map { stream.append($0) }.joined() + stream.finish()
    #expect(result == tokenizer.decode(broken))
  }

  @Test func readsRolesAndTemplates() throws {
    let config: JSON = [
      "bos_token": "a", "eos_token": ["content": "b", "lstrip": false], "pad_token": nil,
      "chat_template": [
        ["name": "tool_use", "template": "T"], ["name": "default", "template": "D"],
      ],
      "add_bos_token": true,
    ]
    let model: JSON = ["model": ["type": "BPE", "vocab": ["a": 0, "b": 1], "merges": []]]
    let tokenizer = try Tokenizer.load(
      json: model, config: config, specialTokensMap: ["unk_token": "b", "eos_token": "a"])
    #expect(tokenizer.bosID == 0)
    #expect(tokenizer.eosID == 1)
    #expect(tokenizer.unkID == 1)
    #expect(tokenizer.padID == nil)
    #expect(tokenizer.addsBOS)
    #expect(tokenizer.specialTokens == ["bos_token": "a", "eos_token": "b", "unk_token": "b"])
    #expect(tokenizer.chatTemplateSource == "D")
    let jinja = try Tokenizer.load(json: model, config: config, chatTemplate: "J")
    #expect(jinja.chatTemplateSource == "J")
  }

  @Test func batchesGiveWhatSingleCallsGive() throws {
    let tokenizer = try byteLevel(merges: [("t", "h"), ("th", "e")])
    let texts = (0..<100).map { "the \($0) " + String(repeating: "they ", count: $0 % 7) }
    let batch = try tokenizer.encodeBatch(texts)
    #expect(try batch == texts.map { try tokenizer.encode($0) })
    #expect(try tokenizer.encodeBatch([]).isEmpty)
  }

  /// A quadratic loop over this word would take hours.
  @Test(.timeLimit(.minutes(1))) func longWordsTakeLinearithmicTime() throws {
    let tokenizer = try byteLevel(merges: [("a", "b"), ("ab", "ab"), ("abab", "abab")])
    let text = String(repeating: "ab", count: 200_000)
    #expect(try tokenizer.encode(text).count == 50_000)
  }

  @Test func rawBytesUndoTheSpelling() throws {
    let tokenizer = try byteLevel(merges: [("Ġ", "a")])
    #expect(tokenizer.rawBytes(256) == Array(" a".utf8))
    #expect(tokenizer.rawBytes(0xFF) == [0xFF])
    #expect(tokenizer.rawBytes(9999) == nil)
  }
}
