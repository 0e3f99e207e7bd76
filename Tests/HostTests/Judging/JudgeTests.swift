import Foundation
import PluginAPI
import Testing

@testable import Host

/// Judges of pairs of answers: rewards, models that write, models whose logits are read.
struct JudgeTests {
  private let console = Console(
    settings: TerminalSettings(isInteractive: false, hasColor: false, width: nil), write: { _ in })

  private func pairs(_ answers: [(String, String)]) -> [AnswerPair] {
    answers.enumerated().map { index, answers in
      let prompt = Prompt(
        id: "p\(index)", messages: [Message(role: "user", content: "Question \(index)?")],
        skill: index == 0 ? "first" : "later")
      return AnswerPair(
        prompt: prompt, sample: 0,
        one: Completion(prompt: prompt, response: answers.0, modelName: "old"),
        two: Completion(prompt: prompt, response: answers.1, modelName: "new"))
    }
  }

  private func handle(_ model: any LanguageModel) -> ModelHandle {
    ModelHandle(reference: ModelReference(location: "judge", name: "judge")) { _ in model }
  }

  // MARK: - Rewards

  private struct Characters: RewardModel {
    static let name = "characters"
    static let summary = "Characters of a response; an empty one cannot be judged."
    init(_ options: NoOptions = NoOptions()) {}
    func scores(_ batch: [Completion]) -> [Float] {
      batch.map { $0.response.isEmpty ? .nan : Float($0.response.count) }
    }
  }

  @Test func theHigherScoreWins() throws {
    let reward = RewardHandle(
      name: "characters", weight: 1, model: Characters(), options: "{}", library: "")
    let judge = RewardJudge(reward: reward, tie: 1)
    // More than one batch, so that no score goes to another pair.
    let cases = [("aaa", "a"), ("a", "aaa"), ("aa", "a"), ("a", "aa"), ("", "a")]
    let many = (0..<60).flatMap { _ in cases }
    let verdicts = try judge.verdicts(pairs(many), console: console)
    let wanted: [PairPreference?] = [.one, .two, .tie, .tie, nil]
    #expect(verdicts.map(\.preference) == (0..<60).flatMap { _ in wanted })
    #expect(verdicts[0].numbers == [3, 1] && verdicts[0].isConsistent == nil)
  }

  // MARK: - Models that write

  /// Replies by a rule, from the two answers as they are shown.
  private final class Rule: LanguageModel {
    let identity = "rule"
    let reply: @Sendable (_ a: String, _ b: String) -> String
    init(_ reply: @escaping @Sendable (String, String) -> String) { self.reply = reply }

    func generate(
      _ requests: [GenerationRequest], settings: SamplingSettings,
      progress: (Int, Int) throws -> Void
    ) throws -> [[Generation]] {
      requests.map { request in
        let text = request.messages.last?.content ?? ""
        func answer(_ name: String) -> String {
          let start = text.components(separatedBy: "[Answer \(name)]\n").last ?? ""
          return start.components(separatedBy: "\n[End").first ?? ""
        }
        let reply = reply(answer("A"), answer("B"))
        return [Generation(text: reply, tokenIDs: [], finish: .stop, logProb: 0)]
      }
    }
  }

  private func verdicts(
    _ answers: [(String, String)], _ rule: @escaping @Sendable (String, String) -> String
  ) throws -> [PairVerdict] {
    try WritingJudge(handle: handle(Rule(rule)), maxTokens: 8)
      .verdicts(pairs(answers), console: console)
  }

  @Test func bothOrdersMustAgreeOnAWin() throws {
    let longer = try verdicts([("long answer", "short"), ("short", "long answer"), ("a", "b")]) {
      $0.count == $1.count ? "Alike. [[C]]" : $0.count > $1.count ? "[[A]]" : "I say [[B]], [[B]]"
    }
    #expect(longer.map(\.preference) == [.one, .two, .tie])
    #expect(longer.map(\.isConsistent) == [true, true, true])
    #expect(longer[1].replies == ["I say [[B]], [[B]]", "[[A]]"])
  }

  @Test func aJudgeThatLikesTheFirstDecidesNothing() throws {
    let first = try verdicts([("a", "b"), ("c", "d")]) { _, _ in "[[A]]" }
    #expect(first.map(\.preference) == [.tie, .tie])
    #expect(first.map(\.isConsistent) == [false, false])
    let reliability = JudgeReliability(first)
    #expect(reliability.consistency == 0 && reliability.firstPosition == 1)
    #expect(reliability.unreadable == 0 && reliability.replies == 4)
  }

  @Test func aTieInOneOrderIsATie() throws {
    let found = try verdicts([("x", "y")]) { a, _ in a == "x" ? "[[A]]" : "[[C]]" }
    #expect(found[0].preference == .tie && found[0].isConsistent == false)
  }

  @Test func unreadableRepliesAreCounted() throws {
    let found = try verdicts([("x", "y"), ("z", "z")]) { a, _ in
      a == "x" ? "Answer A, clearly." : "[[A]]"
    }
    #expect(found.map(\.preference) == [nil, .tie])
    #expect(found[0].orders == [nil, .two])
    #expect(JudgeReliability(found).unreadable == 1)
  }

  @Test(arguments: [
    ("[[A]]", PairPreference.one), ("so [[B]]!", .two), ("[[C]]", .tie), ("[[A]] yes [[A]]", .one),
    ("[[A]] or [[B]]", nil), ("[A]", nil), ("A", nil), ("[[a]]", nil), ("", nil),
  ])
  func readsOnlyTheMarks(reply: String, verdict: PairPreference?) {
    #expect(PairRubric.verdict(in: reply) == verdict)
  }

  @Test func showsTheReferenceWhereThereIsOne() {
    let prompt = Prompt(
      id: "p", messages: [Message(role: "user", content: "2 + 2?")], reference: "four")
    let turns = PairRubric(form: .written).question(prompt, a: "3", b: "4")
    #expect(turns.count == 1 && turns[0].content.contains("[A correct answer]\nfour\n"))
    #expect(turns[0].content.contains("[Answer A]\n3\n[End of answer a]"))
  }

  // MARK: - Models whose logits are read

  private func tinyModel(positions: Int, template: String? = nil) throws -> LoadedModel {
    let config: JSON = [
      "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32,
      "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
      "num_key_value_heads": 2, "max_position_embeddings": .int(Int64(positions)),
      "initializer_range": 0.3,
    ]
    return try LoadedModel.new(
      config: config, source: "tiny",
      trainer: TokenizerTrainer(
        kind: .byteLevelBPE, vocabularySize: 300, specialTokens: ["<|end|>"]),
      texts: (0..<40).map { "answer \($0) is better than another" },
      roles: TokenRoles(eos: "<|end|>"), template: template, seed: 3)
  }

  /// With a template the letters are one token each, in plain turns with a space two.
  @Test(arguments: [nil, "{{ messages[0].content }}<|end|>"] as [String?])
  func readsTheLogitsOfALetter(template: String?) throws {
    let model = try tinyModel(positions: 4096, template: template)
    let space = template == nil ? " " : ""
    let letterTokens = try ["A", "B"].map { try model.textIDs(space + $0).count }
    #expect(letterTokens == (template == nil ? [2, 2] : [1, 1]))
    let items = pairs([("a good answer", "nonsense"), ("same", "same"), ("yes", "no, never")])
    let found = try LogitsJudge(handle: handle(model), tie: 0).verdicts(items, console: console)
    let rubric = PairRubric(form: .letter)
    for (pair, verdict) in zip(items, found) {
      let shown = [(pair.one, pair.two), (pair.two, pair.one)]
      for (index, (a, b)) in shown.enumerated() {
        let prompt = try model.chatPromptIDs(
          rubric.question(pair.prompt, a: a.response, b: b.response))
        let wanted =
          try logProb(model, prompt, space + "A") - logProb(model, prompt, space + "B")
        #expect(abs(verdict.numbers[index] - wanted) < 1e-4)
        let read: PairPreference = wanted > 0 ? .one : .two
        #expect(verdict.orders[index] == (index == 0 ? read : read.swapped))
      }
    }
    // Equal answers are the same question twice, so the orders cannot agree on a winner.
    #expect(found[1].preference == .tie && found[1].isConsistent == false)
    let patient = try LogitsJudge(handle: handle(model), tie: 1e6)
      .verdicts(items, console: console)
    #expect(patient.map(\.preference) == [.tie, .tie, .tie])
  }

  /// log p(text | prompt) from all logits, in double.
  private func logProb(_ model: LoadedModel, _ prompt: [Int32], _ text: String) throws -> Double {
    var ids = prompt
    return try model.textIDs(text).reduce(0) { sum, id in
      let logits = model.decoder.logits(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
      let last = logits.floats().suffix(logits.width).map(Double.init)
      ids.append(id)
      return sum + last[Int(id)] - log(last.reduce(0) { $0 + exp($1) })
    }
  }

  @Test func questionsThatDoNotFitGetNoVerdict() throws {
    let model = try tinyModel(positions: 600)
    let items = pairs([("short", "brief"), (String(repeating: "long ", count: 500), "brief")])
    for judge in [
      LogitsJudge(handle: handle(model), tie: 0) as any PairJudge,
      WritingJudge(handle: handle(model), maxTokens: 4),
    ] {
      let found = try judge.verdicts(items, console: console)
      #expect(found[1].preference == nil && found[1].orders == [nil, nil])
    }
    let found = try LogitsJudge(handle: handle(model), tie: 0).verdicts(items, console: console)
    #expect(found[0].preference != nil)
  }

  @Test func onlyModelsWithLogitsCanBeReadSo() {
    #expect(throws: Problem.self) {
      try LogitsJudge(handle: handle(Rule { _, _ in "" }), tie: 0)
        .verdicts(pairs([("a", "b")]), console: console)
    }
  }
}
