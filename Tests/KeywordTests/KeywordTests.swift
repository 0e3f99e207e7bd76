import PluginAPI
import Testing

@testable import Keyword

struct KeywordTests {
  private func judge(
    _ response: String, fields: JSONObject = [:], _ change: (inout KeywordReward.Options) -> Void
  ) throws -> RewardScore {
    var options = KeywordReward.Options()
    change(&options)
    let prompt = Prompt(id: "p", messages: [], fields: fields)
    return try KeywordReward(options).judge([Completion(prompt: prompt, response: response)])[0]
  }

  @Test func countsWhatIsThereAndWhatIsNot() throws {
    let score = try judge("The Seine runs through Paris.") {
      $0.words = ["paris", "seine", "tower"]
      $0.forbidden = ["sorry", "as an AI"]
    }
    #expect(score.value == 0.8)
    #expect(score.parts.map(\.name) == ["paris", "seine", "tower", "not sorry", "not as an AI"])
    #expect(score.parts.map(\.value) == [1, 1, 0, 1, 1])
  }

  @Test(arguments: [
    ("a cat.", true), ("catalogue", false), ("concat", false), ("cat_x", false), ("the cat", true),
    ("concat cat", true), ("ca", false), ("", false),
  ])
  func findsWholeWords(text: String, isFound: Bool) throws {
    #expect(try judge(text) { $0.words = ["cat"] }.value == (isFound ? 1 : 0))
  }

  @Test func partialAndCase() throws {
    #expect(try judge("catalogue") { ($0.words, $0.partial) = (["cat"], true) }.value == 1)
    #expect(try judge("Cat") { ($0.words, $0.caseSensitive) = (["cat"], true) }.value == 0)
    #expect(try judge("c++ is") { $0.words = ["c++"] }.value == 1, "no letter at its end")
  }

  @Test func readsWordsFromTheRow() throws {
    let fields: JSONObject = ["must": ["one", "two"]]
    #expect(try judge("two", fields: fields) { $0.field = "must" }.value == 0.5)
    #expect(try judge("two", fields: ["must": "two"]) { $0.field = "must" }.value == 1)
    let missing = try judge("two") { $0.field = "must" }
    #expect(missing.value.isNaN && missing.failure == "the row lists no words in 'must'")
  }

  @Test func refusesToLookForNothing() {
    #expect(throws: OptionError.self) { try KeywordReward(KeywordReward.Options()) }
    var options = KeywordReward.Options()
    options.words = [""]
    #expect(throws: OptionError.self) { try KeywordReward(options) }
  }
}
