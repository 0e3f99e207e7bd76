import Foundation
import PluginAPI
import Testing

@testable import Judge

struct PairTests {
  /// Says which of the two shown texts is better, by a rule.
  private func comparing(
    _ verdict: @escaping @Sendable (_ a: String, _ b: String) -> String?
  ) -> Rule {
    Rule { text in
      let parts = text.components(separatedBy: "|")
      return parts.count == 2 ? verdict(parts[0], parts[1]) : nil
    }
  }

  private func pairwise(
    _ model: any LanguageModel, _ change: (inout JudgeOptions) -> Void = { _ in }
  ) throws -> JudgeReward {
    try judge(model) {
      $0.mode = .pairwise
      $0.rubric = "{a}|{b}"
      change(&$0)
    }
  }

  private let longer: @Sendable (String, String) -> String? = {
    $0.count == $1.count ? "[[C]]" : $0.count > $1.count ? "[[A]]" : "[[B]]"
  }

  @Test func theScoreIsTheShareOfWins() throws {
    let reward = try pairwise(comparing(longer))
    #expect(reward.scope == .prompt)
    #expect(try reward.scores(completions(["a", "bbb", "cc", "dd"])) == [0, 1, 0.5, 0.5])
    #expect(try reward.scores(completions(["only"])) == [0.5])
    #expect(try reward.scores(completions(["same", "same"])) == [0.5, 0.5])
  }

  @Test func equalResponsesAreOnePlayer() throws {
    let reward = try pairwise(comparing(longer))
    #expect(try reward.scores(completions(["a", "bbb", "a", "cc", "a"])) == [0, 1, 0, 0.5, 0])
  }

  @Test func promptsAreGroupsOfTheirOwn() throws {
    let reward = try pairwise(comparing(longer))
    let one = completions(["a", "bb"])
    let other = completions(["ccc", "d", "ee"], prompt: "Other", id: "q")
    #expect(try reward.scores(one + other) == [0, 1, 1, 0, 0.5])
  }

  /// A judge that always prefers the first decides nothing, and is found out.
  @Test func positionBiasCancels() throws {
    let path = NSTemporaryDirectory() + "judge-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let reward = try pairwise(comparing { _, _ in "[[A]]" }) { $0.report = FilePath(path) }
    let found = try reward.judge(completions(["a", "b", "c"]))
    #expect(found.map(\.value) == [0.5, 0.5, 0.5])
    #expect(found.allSatisfy { $0.parts.map(\.value) == [0.5] })
    let report = try JSON.parse(file: path)
    #expect(report["position_bias"]?.double == 0.5 && report["pairs"]?.int == 3)
    #expect(report["position_consistency"]?.double == 0)
  }

  @Test func unreadableVerdictsAreLeftOut() throws {
    let reward = try pairwise(
      comparing { a, b in a == "x" || b == "x" ? "who knows" : a > b ? "[[A]]" : "[[B]]" })
    let found = try reward.judge(completions(["c", "x", "b"]))
    #expect(found[0].value == 1 && found[2].value == 0)
    #expect(found[1].failure == "no verdict in the judge's reply 'who knows'")
  }

  @Test func comparesWithTheReference() throws {
    let reward = try pairwise(comparing(longer)) { $0.against = .reference }
    #expect(reward.scope == .response)
    #expect(
      try reward.scores(completions(["a", "bbb", "ee", "dd"], reference: "dd"))
        == [0, 1, 0.5, 0.5])
    let failure = try reward.judge(completions(["a"]))[0].failure
    #expect(failure == "the row has no 'reference' to compare with")
  }

  // MARK: - Logits

  /// σ of half the difference of the two orders' log-odds; a bias in both is none in the result.
  @Test func theBiasIsTakenOff() {
    for bias in [-1.5, 0, 2] {
      let pair = JudgedPair(straight: 0.8 + bias, turned: -0.8 + bias)
      #expect(abs(pair.win - 1 / (1 + exp(-0.8))) < 1e-12)
      #expect((bias > 0) == (pair.bias > 0) && (bias < 0) == (pair.bias < 0))
      #expect(pair.isConsistent == (abs(bias) < 0.8))
    }
    let pair = JudgedPair(straight: .tie, turned: .two)
    #expect(pair.win == 0.75 && pair.bias == -0.25 && !pair.isConsistent)
  }

  @Test(arguments: [true, false])
  func readsTheLetters(template: Bool) throws {
    let model = try tinyModel(template: template)
    let reward = try pairwise(model) { $0.rubric = nil }
    let batch = completions(["good one", "nonsense"], reference: "good")
    let found = try reward.judge(batch)
    func odds(_ a: String, _ b: String) throws -> Double {
      let question = PairRubric(form: .letter).question(batch[0].prompt, a: a, b: b)
      let prompt = try model.chatPromptIDs(question)
      let spelled = try SpelledAnswers([["A"], ["B"]], for: model)
      let row = model.decoder.answerLogProbs(prompts: [prompt], answers: spelled.forms)[0]
      let both = spelled.probabilities(row)
      return log(both[0] / both[1])
    }
    let straight = try odds("good one", "nonsense")
    let turned = try odds("nonsense", "good one")
    let wanted = 1 / (1 + exp(-(straight - turned) / 2))
    #expect(abs(Double(found[0].value) - wanted) < 1e-4)
    #expect(abs(found[0].value + found[1].value - 1) < 1e-6)
  }

  @Test(arguments: ["wins", "bradley-terry"])
  func scoresMoveWithTheResponses(strength: String) throws {
    let model = try tinyModel()
    let responses = ["one", "two and two", "three", "four", "fifth of all"]
    for opponents in strength == "wins" ? [0, 1, 2, 3] : [0, 2, 3] {
      let reward = try pairwise(model) {
        $0.strength = JudgeOptions.Strength(rawValue: strength) ?? .wins
        $0.opponents = opponents
      }
      let scores = try reward.scores(completions(responses))
      #expect(Set(scores).count > 1)
      let order = [3, 0, 4, 2, 1]
      let moved = try reward.scores(completions(order.map { responses[$0] }))
      #expect(moved == order.map { scores[$0] }, "the same bits in any order")
    }
  }

  @Test func longPairsFail() throws {
    let reward = try pairwise(try tinyModel(positions: 300))
    let found = try reward.judge(
      completions(["short", "brief", String(repeating: "long ", count: 200)]))
    #expect(found[0].value.isFinite && found[1].value.isFinite)
    #expect(found[2].failure?.contains("holds 300") == true)
  }

  // MARK: - Schedule

  @Test(arguments: 2...9, 0...9)
  func everybodyHasEnoughOpponents(players: Int, opponents: Int) {
    let pairs = PairSchedule(opponents: opponents, seed: 1).pairs(players)
    let names = pairs.map { [$0.one, $0.two].sorted() }
    #expect(Set(names).count == pairs.count, "no pair meets twice")
    #expect(pairs.allSatisfy { $0.one != $0.two })
    let wanted = opponents == 0 ? players - 1 : min(opponents, players - 1)
    let counts = (0..<players).map { player in names.count { $0.contains(player) } }
    #expect(Set(counts).count == 1)
    #expect(counts[0] == wanted || counts[0] == wanted + 1 && wanted % 2 == 1 && players % 2 == 1)
  }

  @Test func theSeedMakesTheSchedule() {
    let texts = (0..<20).map { "text \($0)" }
    let one = PairSchedule(opponents: 2, seed: 1)
    #expect(one.players(texts) == one.players(texts.reversed()))
    #expect(one.players(texts) != PairSchedule(opponents: 2, seed: 2).players(texts))
    #expect(Set(one.players(texts + texts)) == Set(texts) && one.players(texts + texts).count == 20)
  }
}
