import PluginAPI

/// Two responses to a prompt, the first of which is preferred.
struct RewardPair: Sendable, Equatable {
  var prompt: [Message]
  var chosen: String
  var rejected: String
  /// Scores of the two, where something judged them.
  var chosenScore: Double?
  var rejectedScore: Double?
  /// Ids, where the file has them instead of texts.
  var tokens: TokenisedRow?
  /// `FILE:LINE`, for messages.
  var place: String

  /// By how much the chosen one scores higher; nil without scores.
  var scoreGap: Double? {
    guard let chosenScore, let rejectedScore else { return nil }
    return chosenScore - rejectedScore
  }

  /// Equal for pairs about the same prompt.
  var promptKey: String {
    guard let tokens else { return JSON.array(prompt.map(\.json)).serialized() }
    return "\(zip(tokens.chosen.ids, tokens.chosen.labels).prefix { $1 == -100 }.map(\.0))"
  }

  /// A row of TRL's conversational preference format, which `fusion.preferences` reads again.
  var json: JSON {
    func turn(_ text: String) -> JSON {
      [["role": "assistant", "content": .string(text)]]
    }
    var row: JSON = [
      "prompt": .array(prompt.map(\.json)), "chosen": turn(chosen), "rejected": turn(rejected),
    ]
    row["score_chosen"] = chosenScore.map { .number($0) }
    row["score_rejected"] = rejectedScore.map { .number($0) }
    return row
  }
}

extension RewardPair {
  /// The pairs of a file in any schema that has preferences or scored responses.
  ///
  /// - Parameter options: Which of several scored responses of a row make pairs.
  static func read(
    _ path: String, _ options: PairingOptions, seed: UInt64, log: (String) -> Void
  ) throws -> [RewardPair] {
    let set = try DataSet.read(path: path)
    log("\(path): \(set.rows.count) rows of \(set.schema.name)")
    for problem in set.skipped { log("left out: \(problem)") }
    var pairs: [RewardPair] = []
    for row in set.rows {
      pairs += try Self.pairs(of: row, place: "\(path):\(row.line)", options, seed: seed)
    }
    guard pairs.isEmpty else { return pairs }
    throw Problem(.badData, at: path, "holds no pair", expected: "rows with chosen and rejected")
  }

  private static func pairs(
    of row: ExampleRow, place: String, _ options: PairingOptions, seed: UInt64
  ) throws -> [RewardPair] {
    if row.responses.count(where: { $0.score != nil }) > 1 {
      let candidates = row.responses.enumerated().compactMap { index, response in
        response.score.map {
          ScoredResponse(text: response.text, score: $0, modelName: "", sample: index)
        }
      }
      return options.pairs(
        of: candidates, to: row.prompt, place: place, random: options.random(seed, row.line))
    }
    if let tokens = row.tokens, tokens.rejected != nil {
      return [
        RewardPair(prompt: row.prompt, chosen: "", rejected: "", tokens: tokens, place: place)
      ]
    }
    // Of WRPO's two chosen responses the target's, as dpo takes it.
    guard let chosen = row.targetChosen ?? row.chosen, let rejected = row.rejected else {
      throw Problem(
        .badData, at: place, "the row has no pair of responses",
        expected: "chosen and rejected, or several responses with scores")
    }
    return [
      RewardPair(
        prompt: row.prompt, chosen: chosen, rejected: rejected, chosenScore: row.chosenScore,
        rejectedScore: row.rejectedScore, place: place)
    ]
  }
}
