import PluginAPI

/// Scores a response by how much the other responses to its prompt agree with it: the vote of
/// EnsLLM (arXiv 2503.15838) for programs, self-consistency (arXiv 2203.11171) for answers.
///
/// score_i = Σ over j ≠ i of sim(i, j) / (N − 1), N being the responses to the prompt. A response
/// that is rejected (no program, no answer) agrees with nobody and scores −1, below every other.
struct ConsensusReward: ExplainingReward {
  static let name = "consensus"
  static let summary = "Agreement with the other responses to a prompt: of code, answers or texts."

  enum Mode: String, OptionChoice {
    case code, answer, text
  }

  /// What a rejected response gets.
  enum Rejected: String, OptionChoice {
    /// −1, which is below every score.
    case lowest
    /// No score: it is left out, and its reason shown.
    case none
  }

  struct Options: PluginOptions {
    @Setting("What is compared: programs, extracted answers, or whole texts.") var mode = Mode
      .answer
    @Setting("answer: where a response's answer is.") var extract = AnswerExtraction.auto
    @Setting("text: exact, edit distance, or F1 of the words.")
    var similarity = TextSimilarity.tokenF1
    @Setting("code: share of the text, the rest is behaviour; 1 runs nothing.", in: 0.0...1)
    var lambda = 0.5
    @Setting("code: weights of CodeBLEU's words, weighted words, syntax, data flow.")
    var weights = [0.25, 0.25, 0.25, 0.25]
    @Setting("code: the mean of CodeBLEU both ways; false takes the earlier as reference.")
    var symmetrise = true
    @Setting("code: counterexamples that make two programs wholly different.", in: 1...1000)
    var n = 6
    @Setting("code: inputs to look for counterexamples on.", in: 1...1000) var inputs = 40
    @Setting("code: the function to compare [the row's entry_point, the prompt's last def].")
    var entryPoint: String?
    @Setting("code: every random input follows from it.", in: 0...) var seed = 0
    @Setting("code: processor seconds of one call.", in: 0.01...60) var secondsPerCall = 0.5
    @Setting("code: MiB that a program may use.", in: 64...65_536) var memory = 1024
    @Setting("code: the Python that runs programs.") var python = "python3"
    @Setting("code: run programs with all rights of this process.") var unconfined = false
    @Setting("Count responses that differ in layout only as one voter.") var dedupe = false
    @Setting("What a response without program or answer gets: lowest (-1), or none.")
    var rejected = Rejected.lowest
  }

  private let options: Options
  /// nil for other modes than code.
  private let judge: CodeJudge?

  init(_ options: Options) throws {
    guard options.weights.count == 4, options.weights.allSatisfy({ $0 >= 0 }) else {
      throw OptionError("weights", options.weights, "must be four numbers of at least 0")
    }
    guard !options.dedupe || options.mode != .answer else {
      throw OptionError("dedupe", true, "must be false for answers: copies are the votes")
    }
    self.options = options
    judge = options.mode == .code ? try Self.codeJudge(options) : nil
  }

  private static func codeJudge(_ options: Options) throws -> CodeJudge {
    let weights = CodeBLEU.Parts(
      ngram: options.weights[0], weighted: options.weights[1], syntax: options.weights[2],
      dataFlow: options.weights[3])
    let settings = CodeJudge.Settings(
      limit: options.n, inputs: options.inputs, symmetric: options.symmetrise,
      entryPoint: options.entryPoint, seed: UInt64(options.seed))
    let limits = PythonRunner.Limits(
      secondsPerCall: options.secondsPerCall, memoryBytes: options.memory << 20)
    return CodeJudge(
      settings: settings, metric: options.lambda > 0 ? try CodeBLEU(weights: weights) : nil,
      runner: options.lambda < 1
        ? try PythonRunner(
          python: options.python, limits: limits, unconfined: options.unconfined) : nil)
  }

  var scope: RewardScope { .prompt }

  /// Programs may do otherwise under another Python.
  var identity: String { judge?.runner?.version ?? "" }

  /// Parts: `text` and `behaviour`, the mean agreement by each, where both count.
  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    try batch.groupedByPrompt().flatMap { try scores(Array(batch[$0])) }
  }

  private func scores(_ group: [Completion]) throws -> [RewardScore] {
    guard group.count > 1 else {
      return group.map { _ in
        RewardScore(failure: "one response has nothing to agree with: consensus needs several")
      }
    }
    let comparison = try comparison(of: group)
    let voters = Voters(comparison.keys, merging: options.dedupe)
    let total = comparison.agreement(lambda: options.lambda).scores(of: voters)
    let text = comparison.text?.scores(of: voters)
    let behaviour = comparison.behaviour?.scores(of: voters)
    return group.indices.map { index in
      if let reason = comparison.rejections[index] { return rejected(reason) }
      let parts = [("text", text), ("behaviour", behaviour)].compactMap { name, values in
        values.map { (name: name, value: Float($0[index])) }
      }
      return RewardScore(Float(total[index]), parts: parts.count > 1 ? parts : [])
    }
  }

  private func rejected(_ reason: String) -> RewardScore {
    options.rejected == .none
      ? RewardScore(failure: reason) : RewardScore(-1, parts: [(name: "rejected", value: 1)])
  }

  private func comparison(of group: [Completion]) throws -> Comparison {
    let responses = group.map(\.response)
    switch options.mode {
    case .code:
      return try judge?.comparison(of: responses, to: group[0].prompt) ?? Comparison([])
    case .answer: return compared(responses.map(options.extract.answer), by: .exact)
    case .text: return compared(responses.map { $0 }, by: options.similarity)
    }
  }

  private func compared(_ texts: [String?], by similarity: TextSimilarity) -> Comparison {
    Comparison(
      rejections: texts.map { $0 == nil ? "has no answer" : nil },
      // A response without an answer is a voter of its own.
      keys: texts.enumerated().map { $1 ?? "\u{0} \($0)" },
      text: Agreement(count: texts.count) { i, j in
        guard let one = texts[i], let other = texts[j] else { return 0 }
        return similarity(one, other)
      })
  }
}

extension Agreement {
  /// Of every candidate, the mean agreement of its voter with the other voters.
  func scores(of voters: Voters) -> [Double] {
    // All the same: nobody disagrees.
    guard voters.count > 1 else { return voters.of.map { _ in 1 } }
    let merged = Agreement(count: voters.count) { self[voters.first[$0], voters.first[$1]] }
    let scores = merged.scores(voters: voters.count - 1)
    return voters.of.map { scores[$0] }
  }
}
