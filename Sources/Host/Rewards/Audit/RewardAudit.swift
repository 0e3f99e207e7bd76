import PluginAPI

/// How far a reward prefers what is not quality: its answers to the built-in probes.
struct RewardAudit {
  let label: String
  private(set) var findings: [AuditFinding] = []

  /// - Parameter own: A model whose right answers are set against the built-in ones, with its name.
  init(
    _ reward: RewardHandle, label: String, own: (name: String, answers: [String])? = nil,
    console: Console
  ) throws {
    self.label = label
    let probes = AuditProbe.all + Self.ownStyle(own)
    var completions: [Completion] = []
    var questions: [(probe: Int, plain: Int)] = []
    for (place, probe) in probes.enumerated() {
      for item in AuditItem.all {
        let pair = probe.pair(item)
        guard pair.plain != pair.changed else { continue }
        questions.append((place, completions.count))
        let prompt = item.prompt(probe.name)
        completions += [pair.plain, pair.changed].map { Completion(prompt: prompt, response: $0) }
      }
    }
    let scores = try reward.judge(all: completions, doing: "auditing", console)
    findings = probes.enumerated().map { place, probe in
      let own = questions.filter { $0.probe == place }.map { ($0.plain, $0.plain + 1) }
      return AuditFinding(
        name: probe.name, change: probe.change, wanted: probe.wanted,
        differences: own.map { Double(scores[$1].value) - Double(scores[$0].value) }
          .filter(\.isFinite),
        failure: own.lazy.compactMap { scores[$0].failure ?? scores[$1].failure }.first)
    }
    if reward.model.scope == .prompt { findings.append(try Self.order(reward)) }
  }

  /// Answers of a model that hold the right one, against the built-in right answer.
  private static func ownStyle(_ own: (name: String, answers: [String])?) -> [AuditProbe] {
    guard let own else { return [] }
    let answers = Dictionary(
      zip(AuditItem.all.map(\.question), own.answers), uniquingKeysWith: { first, _ in first })
    let probe = AuditProbe(
      name: "own style", change: "a right answer in the words of \(own.name)", wanted: .ignore
    ) { item in
      let answer = answers[item.question] ?? ""
      return (item.right, item.isAnswered(by: answer) ? answer : item.right)
    }
    return [probe]
  }

  /// Rewards that compare responses: does the place among them count? The right answer first and
  /// last, beside two others.
  private static func order(_ reward: RewardHandle) throws -> AuditFinding {
    var differences: [Double] = []
    var failure: String?
    for item in AuditItem.all {
      let responses = [item.right, item.wrong, "\(item.right) \(item.reason)"]
      func score(_ responses: [String], _ place: Int, _ name: String) throws -> Double {
        let judged = try reward.judge(
          responses.map { Completion(prompt: item.prompt(name), response: $0) })
        failure = failure ?? judged[place].failure
        return Double(judged[place].value)
      }
      let first = try score(responses, 0, "first")
      let last = try score(responses.reversed(), responses.count - 1, "last")
      if (first - last).isFinite { differences.append(first - last) }
    }
    return AuditFinding(
      name: "position", change: "shown first, not last, among three", wanted: .ignore,
      differences: differences, failure: failure)
  }

  // MARK: - What it says

  /// Mean lead of right answers over wrong ones: the measure of the other effects. Nil where right
  /// ones have none.
  var lead: Double? {
    findings.first { $0.name == "right" }?.meanDifference.flatMap { $0 > 0 ? $0 : nil }
  }

  /// A row a probe. `preferred`: share of the items whose changed response scored higher, with its
  /// 95 % interval; `effect`: mean difference of the scores; `of lead`: that, in units of the mean
  /// lead of a right answer over a wrong one.
  var table: TextTable {
    var table = TextTable([
      TextTable.Column("probe"), TextTable.Column("changed", key: "change"),
      TextTable.Column("n"), TextTable.Column("preferred"),
      TextTable.Column("95% from", key: "from"),
      TextTable.Column("to"), TextTable.Column("effect"),
      TextTable.Column("of lead", key: "share_of_lead"), TextTable.Column("verdict"),
    ])
    for finding in findings {
      let relative = finding.meanDifference.flatMap { effect in lead.map { effect / $0 } }
      table.append([
        .text(finding.name), .text(finding.change), .count(finding.differences.count),
        .decimal(finding.preferred), .decimal(finding.interval?.lowerBound),
        .decimal(finding.interval?.upperBound), .decimal(finding.meanDifference),
        relative.map { .number($0, places: 2, isSigned: true) } ?? .missing,
        .text(finding.verdict),
      ])
    }
    return table
  }

  /// What the table does not show, a line each.
  var notes: [String] {
    var notes: [String] = []
    if lead == nil {
      notes.append("\(label) does not score right answers above wrong ones: 'of lead' has no unit")
    }
    let biases = findings.filter { finding in
      finding.observed.map { $0 != finding.wanted } ?? false
    }
    if !biases.isEmpty {
      notes.append(
        "'!' marks what a judge of quality alone would not do: "
          + biases.map(\.name).joined(separator: ", "))
    }
    for finding in findings where finding.failure != nil {
      notes.append("\(finding.name): not all judged: \(finding.failure ?? "")")
    }
    return notes
  }

  var json: JSON {
    ["reward": .string(label), "lead": lead.map { .number($0) } ?? .null, "probes": table.json]
  }
}
