import Foundation
import PluginAPI
import Testing

@testable import Judge

struct SpelledAnswersTests {
  private let words = [["yes", "Yes", "YES"], ["no", "No", "NO"]]

  @Test func takesTheTokensThatExist() throws {
    let model = try tinyModel()
    let spelled = try SpelledAnswers(words, for: model)
    // The vocabulary has yes, Yes, no and No with and without a space, or some of them; of all
    // other spellings none is one token, and they are not asked for.
    let wanted = try ["yes", " yes", "Yes", " Yes", "no", " no", "No", " No"]
      .map { try model.textIDs($0) }.filter { $0.count == 1 }
    #expect(!wanted.isEmpty && Set(spelled.forms) == Set(wanted))
  }

  @Test func spellsWordsThatHaveNoToken() throws {
    let model = try tinyModel(knowsWords: false)
    let spelled = try SpelledAnswers(words, for: model)
    #expect(spelled.forms.allSatisfy { $0.count > 1 } && spelled.forms.count == 12)
    #expect(spelled.longestForm >= 3)
  }

  /// Probabilities of words are sums over spellings of products over tokens.
  @Test(arguments: [true, false])
  func sumsOverSpellings(knowsWords: Bool) throws {
    let model = try tinyModel(knowsWords: knowsWords)
    let spelled = try SpelledAnswers(words, for: model)
    let prompt = try model.textIDs("a question about something")
    let row = model.decoder.answerLogProbs(prompts: [prompt], answers: spelled.forms)[0]
    let found = spelled.probabilities(row)
    for (answer, spellings) in words.enumerated() {
      var wanted = 0.0
      for spelling in spellings.flatMap({ [$0, " " + $0] })
      where spelled.forms.contains(try model.textIDs(spelling)) {
        wanted += exp(try logProb(model, prompt, spelling))
      }
      #expect(abs(found[answer] / wanted - 1) < 1e-4)
    }
  }

  /// 1 may go on to 10, and 10 to 100: what is counted there is not counted twice.
  @Test func longerNumbersAreNotTheirBeginnings() throws {
    let model = try tinyModel()
    let spelled = try SpelledAnswers((0...100).map { ["\($0)"] }, for: model)
    let prompt = try model.textIDs("how many?")
    let logProbs = model.decoder.answerLogProbs(prompts: [prompt], answers: spelled.forms)[0]
    let found = spelled.probabilities(logProbs)
    func begins(_ text: String) throws -> Double { exp(try logProb(model, prompt, text)) }
    let one = try begins("1") - (0...9).reduce(0) { $0 + (try begins("1\($1)")) }
    let ten = try begins("10") - begins("100")
    let hundred = try begins("100")
    #expect(abs(found[10] - ten) < 1e-6 && abs(found[100] - hundred) < 1e-6)
    #expect(abs(found[1] - one) < 1e-6)
    #expect(found.allSatisfy { $0 >= 0 } && found.reduce(0, +) <= 1 + 1e-6)
  }

  @Test func answersThatLookAlikeAreRefused() throws {
    let model = try tinyModel()
    #expect(throws: Problem.self) { try SpelledAnswers([["yes"], ["yes"]], for: model) }
    #expect(throws: Problem.self) { try SpelledAnswers([["yes"], []], for: model) }
  }
}
