import PluginAPI

/// What there is to know of rewards from what they said of some responses.
struct RewardExplanation {
  let labels: [String]
  /// Of each reward, a score a row.
  let scores: [[RewardScore]]
  private let summaries: [ScoreSummary]
  private let values: [[Double]]
  private let lengths: [Double]
  private let pairs: ResponsePairs
  /// Whether a row is right, by a field of the data; nil where none was asked for.
  private let truth: [Bool]?

  /// - Parameter truth: For each row whether it is right.
  init(
    labels: [String], scores: [[RewardScore]], completions: [Completion], truth: [Bool]? = nil
  ) {
    self.labels = labels
    self.scores = scores
    self.truth = truth
    summaries = zip(labels, scores).map { ScoreSummary(label: $0, scores: $1) }
    values = scores.map { $0.map { Double($0.value) } }
    lengths = completions.map { Double($0.response.unicodeScalars.count) }
    pairs = ResponsePairs(completions)
  }

  // MARK: - Tables

  private static let titles: [(title: String, key: String)] = [
    ("reward", "reward"), ("n", "n"), ("failed", "failed"), ("mean", "mean"),
    ("deviation", "deviation"), ("min", "min"), ("median", "median"), ("max", "max"),
    ("values", "distinct"), ("ties", "ties"), ("length ρ", "length_correlation"),
    ("longer wins", "longer_wins"),
  ]

  /// A row a reward. `ties`: pairs of responses to one prompt with equal scores. `length ρ`: rank
  /// correlation of score and characters. `longer wins`: of the pairs whose scores and lengths
  /// differ, those won by the longer response.
  var distributions: TextTable {
    var columns = Self.titles.map { TextTable.Column($0.title, key: $0.key) }
    if truth != nil { columns.append(TextTable.Column("AUC", key: "auc")) }
    var table = TextTable(columns + [TextTable.Column("distribution")])
    for (summary, values) in zip(summaries, values) {
      var row: [TextTable.Cell] = [
        .text(summary.label), .count(summary.count), .count(summary.failed),
        .decimal(summary.mean), .decimal(summary.deviation), .decimal(summary.quantile(0)),
        .decimal(summary.quantile(0.5)), .decimal(summary.quantile(1)), .count(summary.distinct),
        .decimal(pairs.ties(values)), .decimal(rankCorrelation(values, lengths)),
        .decimal(pairs.agreement(values, with: lengths)),
      ]
      if let truth { row.append(.decimal(areaUnderCurve(values, marked: truth))) }
      table.append(row + [.text(summary.blocks(bins: 16))])
    }
    return table
  }

  /// A row for every two rewards: rank correlation over all rows, and of the pairs of responses to
  /// one prompt that both order, the share ordered alike. Nil for fewer than two rewards.
  var agreement: TextTable? {
    guard labels.count > 1 else { return nil }
    var table = TextTable([
      TextTable.Column("reward", key: "a"), TextTable.Column("and", key: "b"),
      TextTable.Column("ρ", key: "correlation"),
      TextTable.Column("pairs alike", key: "pairs_alike"),
    ])
    for i in labels.indices {
      for j in labels.indices.dropFirst(i + 1) {
        table.append([
          .text(labels[i]), .text(labels[j]), .decimal(rankCorrelation(values[i], values[j])),
          .decimal(pairs.agreement(values[i], with: values[j])),
        ])
      }
    }
    return table
  }

  /// The parts that scores are made of; nil where no reward tells any.
  var parts: TextTable? {
    var table = TextTable([
      TextTable.Column("reward"), TextTable.Column("part"), TextTable.Column("n"),
      TextTable.Column("mean"), TextTable.Column("deviation"),
      TextTable.Column("ρ with score", key: "correlation"),
    ])
    for (label, scores) in zip(labels, scores) {
      for (name, rows) in Self.parts(of: scores) {
        let summary = ScoreSummary(label: name, scores: rows.map { RewardScore($0.part) })
        table.append([
          .text(label), .text(name), .count(summary.count), .decimal(summary.mean),
          .decimal(summary.deviation),
          .decimal(rankCorrelation(rows.map { Double($0.part) }, rows.map { Double($0.score) })),
        ])
      }
    }
    return table.rows.isEmpty ? nil : table
  }

  /// Values of each part with the scores of their rows, in the order in which parts first come.
  private static func parts(
    of scores: [RewardScore]
  ) -> [(name: String, rows: [(part: Float, score: Float)])] {
    var names: [String] = []
    var rows: [String: [(part: Float, score: Float)]] = [:]
    for score in scores {
      for part in score.parts {
        if rows[part.name] == nil { names.append(part.name) }
        rows[part.name, default: []].append((part.value, score.value))
      }
    }
    return names.map { ($0, rows[$0] ?? []) }
  }

  /// Why rows failed, a line each, most frequent first.
  var failures: [String] {
    summaries.flatMap { summary in
      summary.failures.prefix(5).map { "\(summary.label) failed \($0.count) rows: \($0.reason)" }
    }
  }

  var json: JSON {
    [
      "rewards": distributions.json, "agreement": agreement?.json ?? .array([]),
      "parts": parts?.json ?? .array([]), "failures": .array(failures.map { .string($0) }),
    ]
  }

  /// Prints all of it on stdout.
  func show(asJSON: Bool) {
    if asJSON { return print(json.serialized(pretty: true)) }
    for table in [distributions, agreement, parts].compactMap(\.self) {
      table.show(asJSON: false)
      print()
    }
    for failure in failures { print(failure) }
  }
}

extension TextTable.Cell {
  /// A number with three digits after the point; missing where there is none.
  static func decimal(_ value: Double?) -> TextTable.Cell {
    value.map { .number($0, places: 3) } ?? .missing
  }
}
