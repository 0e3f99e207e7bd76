import ArgumentParser
import PluginAPI

/// `crucible score`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score responses with a reward.",
    discussion: """
      Rows {"prompt","response", …} are written again with "score"; null where the reward could not \
      judge. What a score is made of goes to "parts", why there is none to "error". Options of the \
      reward: --option key=value, as 'crucible plugin info REWARD' lists them.
      """)

  @Argument(help: "Reward, as 'crucible plugin list' shows it.") var reward: String
  @Option(name: [.customLong("in")], help: "JSON Lines file to read.") var input: String
  @Option(help: "JSON Lines file to write.") var out: String
  @Option(help: "key=value, a setting of the reward; may be repeated.") var option: [String] = []
  @OptionGroup var verbosity: Verbosity

  func run() throws {
    let console = verbosity.makeConsole()
    try checkOutput(out, inputs: [input], kinds: ["jsonl", "json"])
    let model = try makeReward(reward, options: option)
    let rows = try JSONLines.read(path: input)
    let completions = try completions(rows)
    let file = try AtomicFile(path: out)
    let bar = ProgressBar("scoring", total: rows.count, unit: "responses", console: console)
    var (sum, judged) = (0.0, 0)
    var scores = [RewardScore](repeating: RewardScore(.nan), count: rows.count)
    var done = 0
    for batch in JudgingBatches(completions, model.model.scope).rows {
      try Interruption.check()
      for (row, score) in zip(batch, try model.judge(batch.map { completions[$0] })) {
        scores[row] = score
      }
      done += batch.count
      bar.update(to: done)
    }
    bar.finish()
    for (row, score) in zip(rows, scores) {
      var object = row.value.object ?? JSONObject()
      object["score"] = score.value.isFinite ? .number(Double(score.value)) : .null
      if let failure = score.failure { object["error"] = .string(failure) }
      if !score.parts.isEmpty {
        let parts = score.parts.map { (key: $0.name, value: JSON.finite(Double($0.value))) }
        object["parts"] = .object(JSONObject(parts))
      }
      try file.write(JSON.object(object).serialized() + "\n")
      if score.value.isFinite {
        sum += Double(score.value)
        judged += 1
      }
    }
    try file.commit()
    let mean = judged == 0 ? "none" : String(format: "%.4f", sum / Double(judged))
    console.message("\(rows.count) responses, \(judged) judged, mean score \(mean)")
  }

  /// Rows of one prompt (the same turns, and the same `id` where they have one) share it, as the
  /// first of them has it: some rewards compare the responses of a prompt.
  private func completions(_ rows: [JSONLine]) throws -> [Completion] {
    var prompts: [String: Prompt] = [:]
    return try rows.map { row in
      var completion = try completion(row.value, place: "\(input):\(row.line)")
      let turns = JSON.array(completion.prompt.messages.map(\.json)).serialized()
      let key = "\(row.value["id"]?.serialized() ?? "") \(turns)"
      if let first = prompts[key] {
        completion.prompt.id = first.id
        completion.prompt.place = first.place
      } else {
        prompts[key] = completion.prompt
      }
      return completion
    }
  }

  private func completion(_ row: JSON, place: String) throws -> Completion {
    guard let response = row["response"]?.string, let fields = row.object else {
      throw Problem(
        .badData, at: place, "the row has no 'response'",
        expected: "{\"prompt\": …, \"response\": \"…\"}")
    }
    let messages: [Message]
    if let text = row["prompt"]?.string {
      messages = [Message(role: "user", content: text)]
    } else {
      messages = (row["prompt"]?.array ?? []).compactMap { turn in
        guard let role = turn["role"]?.string, let content = turn["content"]?.string else {
          return nil
        }
        return Message(role: role, content: content)
      }
    }
    let prompt = Prompt(
      id: row["id"]?.string ?? place, messages: messages, skill: row["skill"]?.string,
      reference: row["reference"]?.string, fields: fields, place: place)
    return Completion(
      prompt: prompt, response: response, modelName: row["model"]?.string ?? "")
  }
}

/// A reward by its name or as a mapping, with options given as `key=value`.
func makeReward(_ name: String, options: [String]) throws -> RewardHandle {
  var node: YAMLNode
  if let mapping = try commandMapping(name) {
    node = mapping
  } else {
    node = YAMLNode(.mapping([]), at: TextMark(source: "command line", line: 1, column: 1))
    try YAMLOverride("plugin=\(name)").apply(to: &node)
  }
  for option in options { try YAMLOverride(option).apply(to: &node) }
  var problems: [Problem] = []
  let context = OptionContext(folder: ".")
  let specification = RewardSpecification(node, into: &problems, context)
  let factory = PluginFactory(registry: PluginRegistry(), context: context)
  guard let reward = factory.reward(specification, into: &problems), problems.isEmpty else {
    throw Problems(problems)
  }
  return reward
}
