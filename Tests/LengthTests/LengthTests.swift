import PluginAPI
import Testing

@testable import Length

struct LengthTests {
  private func score(
    _ response: String, tokens: Int = 0, _ change: (inout LengthReward.Options) -> Void
  )
    throws -> Float
  {
    var options = LengthReward.Options()
    change(&options)
    let completion = Completion(
      prompt: Prompt(id: "p", messages: []), response: response,
      tokenIDs: [Int32](repeating: 1, count: tokens))
    return try LengthReward(options).scores([completion])[0]
  }

  @Test(arguments: [(0, -2), (1, -1), (2, 0), (3, 0), (4, -1), (6, -3)])
  func chargesForWordsOutside(words: Int, expected: Int) throws {
    let text = Array(repeating: "word", count: words).joined(separator: " \n")
    let score = try score(text) { ($0.target, $0.minimum, $0.penalty) = (3, 2, 1) }
    #expect(score == Float(expected))
  }

  @Test func countsCharactersAndTokens() throws {
    let characters = try score("né e\u{301}") {
      ($0.target, $0.unit, $0.penalty) = (0, .characters, 0.5)
    }
    #expect(characters == -2)
    #expect(try score("x", tokens: 5) { ($0.target, $0.unit, $0.penalty) = (1, .tokens, 1) } == -4)
    #expect(try score("x") { $0.unit = .tokens }.isNaN, "nobody knows the tokens")
    #expect(try score("") { $0.unit = .tokens } == 0, "an empty response has none")
  }

  @Test func refusesAnEmptyRange() {
    var options = LengthReward.Options()
    options.minimum = 300
    #expect(throws: OptionError.self) { try LengthReward(options) }
  }
}
