import Testing

@testable import Consensus

@Suite struct AnswerTests {
  @Test(arguments: [
    ("so 12 + 6 = 18\n#### 18", "18"), ("#### 1,234.0", "1234"),
    ("Thus \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}"),
    ("The answer is 7.\nIt is 7.50 dollars", "7.5"),
    ("  Broom. ", "broom"), ("first line\nlast   Line!", "last line"), ("-3", "-3"),
    ("\\boxed{never closed", "\\boxed{never closed"), ("nan", "nan"), ("0x10", "0x10"),
  ])
  func autoFindsTheAnswer(response: String, answer: String) {
    #expect(AnswerExtraction.auto.answer(in: response) == answer)
  }

  @Test func everyExtractionLooksWhereItsNameSays() {
    let text = "We need 3 + 4.\nHence \\boxed{7}\n#### 8\nor 9"
    #expect(AnswerExtraction.gsm8k.answer(in: text) == "8")
    #expect(AnswerExtraction.boxed.answer(in: text) == "7")
    #expect(AnswerExtraction.number.answer(in: text) == "9")
    #expect(AnswerExtraction.lastLine.answer(in: text) == "or 9")
    #expect(AnswerExtraction.gsm8k.answer(in: "no mark") == nil)
    #expect(AnswerExtraction.whole.answer(in: " \n ") == nil)
  }

  @Test(arguments: ["1000", "$1,000", "1000.0", "1e3?", "1,000."])
  func spellingsOfANumberAreOne(text: String) {
    #expect(normalised(text) == (text.contains("e") ? "1e3" : "1000"))
  }

  @Test func measuresTexts() {
    #expect(TextSimilarity.edit("kitten", "sitting") == 1 - 3.0 / 7)
    #expect(TextSimilarity.edit("", "") == 1)
    #expect(TextSimilarity.tokenF1("a b c", "B c d") == 2.0 / 3)
    #expect(TextSimilarity.tokenF1("", "") == 1)
    #expect(TextSimilarity.exact("a", "a") == 1)
    #expect(TextSimilarity.exact("a", "b") == 0)
  }
}
