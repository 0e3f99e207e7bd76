import Formats
import Kernels
import Testing

@testable import Tokenizers

/// Tokens compared byte by byte.
struct VocabularyMatchingTests {
  @Test func findsTheIdsOfAnotherVocabulary() {
    var (one, other) = (Vocabulary(), Vocabulary())
    for (token, id) in [("a", 0), ("b", 2), ("\u{E9}", 3)] { _ = one.insert(token, id: id) }
    for (token, id) in [("b", 0), ("e\u{301}", 1), ("a", 7)] { _ = other.insert(token, id: id) }
    #expect(one.ids(in: other) == [7, -1, 0, -1])
    #expect(other.ids(in: one) == [2, -1, -1, -1, -1, -1, -1, 0])
  }

  @Test func prefersTheSameIdOfAPieceThatComesTwice() {
    var pieces = Vocabulary()
    for piece in ["p", "q", "p"] { pieces.insertPiece(piece, lastWins: true) }
    #expect(pieces.ids(in: pieces) == [0, 1, 2])
  }

  @Test func addedTokensThatAreCanonicallyEquivalentAreTwo() throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let json: JSON = [
      "added_tokens": [
        ["id": 1, "content": .string(composed), "special": true],
        ["id": 2, "content": .string(decomposed), "special": true],
      ], "model": ["type": "WordLevel", "vocab": ["a": 0], "unk_token": "a"],
    ]
    let tokenizer = try Tokenizer.load(json: json)
    #expect(tokenizer.id(of: composed) == 1)
    #expect(tokenizer.id(of: decomposed) == 2)
    #expect(try tokenizer.encode(decomposed + composed).ids == [2, 1])
  }

  @Test func ofAddedTokensThatAreNormalizedAlikeTheFirstIsFound() throws {
    let json: JSON = [
      "normalizer": ["type": "Lowercase"],
      "added_tokens": [
        ["id": 1, "content": "X", "normalized": true, "special": false],
        ["id": 2, "content": "x", "normalized": true, "special": false],
      ], "model": ["type": "WordLevel", "vocab": ["a": 0], "unk_token": "a"],
    ]
    #expect(try Tokenizer.load(json: json).encode("xX").ids == [1, 1])
  }
}
