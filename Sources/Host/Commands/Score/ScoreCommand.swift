import ArgumentParser
import PluginAPI

/// `crucible score`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score responses with rewards, and look at the rewards.",
    discussion: """
      Rows {"prompt","response", …} are written again with "score"; null where a reward could not \
      judge, with "error" where it says why. Several rewards give the weighted sum, and "scores". \
      A reward is a name or a mapping as in recipes: '{plugin: length, target: 80, weight: 0.5}'.

      --explain shows how the scores are spread and what they go with; --audit asks a reward about \
      built-in pairs of responses that differ in one thing only.
      """)

  @Argument(help: "Rewards, as 'crucible plugin list' shows them.") var rewards: [String]
  @Option(name: [.customLong("in")], help: "JSON Lines file to read.") var input: String?
  @Option(help: "JSON Lines file to write [printed, unless --explain or --audit is shown].")
  var out: String?
  @Option(help: "key=value, a setting of the reward; may be repeated.") var option: [String] = []
  @Flag(help: "Show distribution, ties, failures, length and agreement.") var explain = false
  @Option(help: "With --explain: field of the rows, true or 1 where the response is right.")
  var truth: String?
  @Flag(help: "Show how far the reward prefers length, format, manner and place.")
  var audit = false
  @Option(help: "With --audit: a model; is its style preferred?") var own: String?
  @Flag(help: "Print --explain and --audit as JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    if rewards.isEmpty { throw ValidationError("name at least one reward") }
    if rewards.count > 1, !option.isEmpty {
      throw ValidationError("--option is for one reward; write '{plugin: NAME, key: value}'")
    }
    if input == nil, !audit { throw ValidationError("--in is missing: what shall be scored?") }
    if input == nil, out != nil || explain { throw ValidationError("--in is missing") }
    if json, !explain, !audit {
      throw ValidationError("--json belongs to --explain and --audit; rows are JSON anyway")
    }
    if truth != nil, !explain { throw ValidationError("--truth belongs to --explain") }
    if own != nil, !audit { throw ValidationError("--own belongs to --audit") }
  }

  func run() throws {
    let console = verbosity.makeConsole()
    if let out {
      try checkOutput(out, inputs: [input].compactMap(\.self), kinds: ["jsonl", "json"])
    }
    let handles = try rewards.map { try makeReward($0, options: option) }
    var report: JSONObject = [:]
    if let input, let explained = try score(input, handles, console) {
      report["explain"] = explained
    }
    if audit { report["audit"] = try audit(handles, console) }
    if json { print(JSON.object(report).serialized(pretty: true)) }
  }

  // MARK: - Scoring

  private func score(
    _ input: String, _ handles: [RewardHandle], _ console: Console
  ) throws -> JSON? {
    let rows = try ScoredRows(path: input)
    let scores = try handles.map { try rows.scores(by: $0, console: console) }
    let totals = handles.totals(scores)
    let scored = rows.scored(labels: handles.labels, scores: scores, totals: totals)
    if let out {
      try writeRecords(scored, to: out)
    } else if !explain, !audit {
      for row in scored { print(row.serialized()) }
    }
    let judged = totals.filter(\.isFinite)
    let mean =
      judged.isEmpty
      ? "none" : HumanFormat.fixed(judged.reduce(0, +) / Double(judged.count), 4)
    console.message("\(totals.count) responses, \(judged.count) judged, mean score \(mean)")
    let explanation = RewardExplanation(
      labels: handles.labels, scores: scores, completions: rows.completions,
      truth: try truth.map { try rows.marks($0) })
    if explain, !json { explanation.show(asJSON: false) }
    if judged.isEmpty {
      let reason = scores.joined().lazy.compactMap(\.failure).first ?? "the scores are NaN"
      throw Problem(
        .badData, at: input, "no response could be judged (the first: \(reason))")
    }
    return explain ? explanation.json : nil
  }

  // MARK: - Auditing

  private func audit(_ handles: [RewardHandle], _ console: Console) throws -> JSON {
    let own = try own.map { try answers(of: $0, console) }
    return .array(
      try zip(handles, handles.labels).map { handle, label in
        let audit = try RewardAudit(handle, label: label, own: own, console: console)
        if audit.findings.allSatisfy({ $0.differences.isEmpty }) {
          let reason = audit.findings.lazy.compactMap(\.failure).first ?? "the scores are NaN"
          throw Problem(
            .badData, at: label,
            "cannot be audited: it judges none of the built-in responses "
              + "(the first: \(reason))")
        }
        if !json {
          if handles.count > 1 { print(label) }
          audit.table.show(asJSON: false)
          for note in audit.notes { print(note) }
        }
        return audit.json
      })
  }

  private func answers(
    of model: String, _ console: Console
  ) throws -> (name: String, answers: [String]) {
    let handle = try CommandModel(model).handle
    let answers = try handle.answers(
      to: AuditItem.all.map { $0.prompt("own") }, n: 1,
      settings: SamplingSettings(temperature: 0, maxTokens: 64), seed: 0, console: console)
    return (handle.name, answers.map { $0.first?.text ?? "" })
  }
}
