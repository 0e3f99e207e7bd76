import Formats
import Kernels
import Testing

@testable import Tokenizers

struct TokenizerTrainerTests {
  static let texts = (0..<200).map { index in
    "Question \(index): what is \(index * 7) plus \(index % 13)?\nThe answer is \(index * 7 + index % 13)."
      + " naïve café, déjà vu; 東京 is far.\n\tThat's all, they're done"
  }

  @Test(arguments: TokenizerTrainer.Kind.allCases)
  func whatItMakesReadsItsTexts(kind: TokenizerTrainer.Kind) throws {
    let trainer = TokenizerTrainer(
      kind: kind, vocabularySize: 420, specialTokens: ["<pad>", "<s>", "</s>"])
    let json = try trainer.train(Self.texts)
    let text = json.serialized()
    #expect(text == (try trainer.train(Self.texts)).serialized(), "deterministic")
    let tokenizer = try Tokenizer.load(json: try JSON.parse(text, source: "trained"))
    #expect(tokenizer.vocabularySize <= 420)
    #expect(tokenizer.vocabularySize > 300)
    for text in Self.texts.prefix(3) + ["", "unseen 🙂 letters ЖZ", " two  spaces ", "a\r\nb"] {
      let encoding = try tokenizer.encode(text)
      #expect(tokenizer.decode(encoding.ids) == text, "\(kind)")
    }
    let length = try tokenizer.encode(Self.texts[0]).count
    #expect(length < Self.texts[0].utf8.count * 2 / 3, "merges shorten what was seen")
    let special = try tokenizer.encode("<s>12</s>")
    #expect(special.ids.first == tokenizer.id(of: "<s>"))
    #expect(special.ids.last == tokenizer.id(of: "</s>"))
    #expect(tokenizer.isSpecial(special.ids[0]))
  }

  @Test func splitsDigits() throws {
    for kind in TokenizerTrainer.Kind.allCases {
      let trainer = TokenizerTrainer(kind: kind, vocabularySize: 400, specialTokens: [])
      let tokenizer = try Tokenizer.load(json: try trainer.train(Self.texts))
      let tokens = try tokenizer.encode("is 1234").ids.compactMap { tokenizer.token($0) }
      #expect(tokens.suffix(4) == ["1", "2", "3", "4"], "\(kind)")
    }
  }

  @Test func saysWhatDoesNotFit() {
    let small = TokenizerTrainer(kind: .byteLevelBPE, vocabularySize: 100, specialTokens: [])
    #expect(throws: Problem.self) { try small.train(Self.texts) }
    let twice = TokenizerTrainer(
      kind: .unigram, vocabularySize: 500, specialTokens: ["<s>", "<s>"])
    #expect(throws: Problem.self) { try twice.train(Self.texts) }
  }
}
