import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Tokenizers

struct BadTokenizerTests {
  @Test(.enabled(if: shared("goldens/bad") != nil))
  func acceptsAndRefusesAsTheManifestSays() throws {
    let folder = try #require(shared("goldens/bad"))
    let manifest = try JSON.parse(file: folder.appendingPathComponent("manifest.json").path)
    let cases = (manifest["cases"]?.array ?? []).filter {
      $0["kind"]?.string == "tokenizer.json"
    }
    #expect(cases.count >= 17)
    for item in cases {
      let path = folder.appendingPathComponent(item["file"]?.string ?? "").path
      let result = Result { try Tokenizer.load(path: path) }
      switch result {
      case .success: #expect(item["expected"]?.string == "ok", "\(path)")
      case .failure(let error):
        #expect(item["expected"]?.string == "error", "\(path): \(error)")
        #expect((error as? Problem)?.kind == .badData, "\(error)")
      }
    }
  }

  /// A five-token BPE with one part replaced.
  private func problem(_ key: String, _ value: JSON) throws -> String {
    var json: JSON = [
      "added_tokens": [],
      "model": [
        "type": "BPE", "vocab": ["a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4],
        "merges": [["a", "b"], ["ab", "c"]],
      ],
    ]
    if key.hasPrefix("model.") {
      json["model"]?[String(key.dropFirst(6))] = value
    } else {
      json[key] = value
    }
    do {
      _ = try Tokenizer.load(json: json)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func namesTheComponent() throws {
    #expect(try problem("added_tokens", []) == "accepted")
    #expect(
      try problem("model.merges", [["a", "b"], ["q", "c"]])
        .hasPrefix("tokenizer.json: model.merges[1]: merges 'q' and 'c', but 'q' is no token"))
    #expect(
      try problem("model.vocab", ["a": 0, "b": 0])
        .hasPrefix("tokenizer.json: model.vocab: tokens 'a' and 'b' share id 0"))
    #expect(
      try problem("normalizer", ["type": "NFKX"])
        .hasPrefix("tokenizer.json: normalizer.type: 'NFKX' is unknown or not supported"))
    #expect(
      try problem("normalizer", ["type": "NFKX"]).hasSuffix("did you mean 'NFKC'?"))
    #expect(
      try problem("pre_tokenizer", ["type": "Sequence", "pretokenizers": [["type": "Digit"]]])
        .hasPrefix("tokenizer.json: pre_tokenizer.pretokenizers[0].type: 'Digit' is unknown"))
    #expect(
      try problem("added_tokens", [["id": -1, "content": "x"]])
        .hasPrefix("tokenizer.json: added_tokens[0].id: id -1"))
    #expect(
      try problem("decoder", ["type": "Strip", "content": "", "start": 1, "stop": 0])
        .contains("decoder.content: is ''; expected one character"))
    #expect(
      try problem("pre_tokenizer", ["type": "Metaspace", "replacement": "ab"])
        .contains("pre_tokenizer.replacement"))
    #expect(try problem("decoder", 3).contains("decoder.type: is missing"))
  }

  /// Numbers that only look harmless: nothing loops or traps.
  @Test func survivesAbsurdNumbers() throws {
    let json: JSON = [
      "pre_tokenizer": [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "FixedLength", "length": 4_000_000_000_000_000_000],
          ["type": "Split", "pattern": ["Regex": "(?<=a)|(?=b)|$"], "behavior": "Removed"],
          ["type": "Split", "pattern": ["String": ""], "behavior": "MergedWithNext"],
        ],
      ],
      "decoder": [
        "type": "Strip", "content": "a", "start": 4_000_000_000_000_000_000, "stop": -5,
      ],
      "model": ["type": "BPE", "vocab": ["a": 0, "b": 16_777_215], "merges": []],
    ]
    let tokenizer = try Tokenizer.load(json: json)
    #expect(try tokenizer.encode("aab\nb").ids == [0, 0, 16_777_215, 16_777_215])
    #expect(tokenizer.decode([0, 0, 16_777_215]) == "b")
    #expect(tokenizer.vocabularySize == 16_777_216)
    let anyByte: JSON = ["type": "Split", "pattern": ["Regex": #"\C"#], "behavior": "Isolated"]
    #expect(try problem("pre_tokenizer", anyByte).contains("is invalid"))
  }

  @Test(.timeLimit(.minutes(1))) func givesUpOnCatastrophicPatterns() throws {
    let json: JSON = [
      "pre_tokenizer": [
        "type": "Split", "pattern": ["Regex": "(a|aa)+[bc]"], "behavior": "Isolated",
      ],
      "model": ["type": "BPE", "vocab": ["a": 0], "merges": []],
    ]
    let tokenizer = try Tokenizer.load(json: json)
    #expect(throws: Problem.self) { try tokenizer.encode(String(repeating: "a", count: 5000)) }
  }

  @Test func survivesHalfSurrogatesAndOddText() throws {
    let text = #"{"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": []}}"#
    #expect(throws: Problem.self) { try JSON.parse(text, source: "tokenizer.json") }
    let json: JSON = [
      "model": ["type": "BPE", "vocab": ["a": 0, "": 1], "merges": [], "unk_token": "none"]
    ]
    let tokenizer = try Tokenizer.load(json: json)
    #expect(try tokenizer.encode("").ids == [])
    #expect(try tokenizer.encode("ba\0a").ids == [0, 0])
    #expect(tokenizer.decode([7, -3, 0, Int32.max]) == "a")
    #expect(tokenizer.token(-1) == nil)
  }
}
