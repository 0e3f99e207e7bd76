import Formats
import Glibc
import Kernels

extension WorkspaceStore {
  /// The stored scores among `keys`; keys without one are absent. Counts them as reused.
  func scores(for keys: [ScoreKey]) throws(Problem) -> [ScoreKey: StoredScore] {
    try locked { (state) throws(Problem) in
      let database = state.database
      var found: [ScoreKey: StoredScore] = [:]
      try database.transaction(writing: false) { () throws(Problem) in
        for key in keys where found[key] == nil {
          found[key] = try Self.score(for: key, in: database)
        }
      }
      state.scores.reused += found.count
      return found
    }
  }

  /// Stores a batch of scores as one transaction; where a key has a score already, that one stays.
  /// Counts as new what was added. Throws, and stores nothing, when a score is not finite.
  func insert(_ scores: [(key: ScoreKey, score: StoredScore)]) throws(Problem) {
    guard !scores.isEmpty else { return }
    if let bad = scores.first(where: { !$0.score.score.isFinite }) {
      throw Problem(
        .badData, at: "reward \(bad.key.reward)", "the score is \(bad.score.score)",
        expected: "a finite number")
    }
    try locked { (state) throws(Problem) in
      let database = state.database
      state.scores.new += try database.transaction(writing: true) { () throws(Problem) in
        var added = 0
        for (key, score) in scores {
          added += try Self.insert(score, for: key, into: database)
        }
        return added
      }
    }
  }

  private static func score(
    for key: ScoreKey, in database: Database
  ) throws(Problem) -> StoredScore? {
    try database.query(
      "SELECT score, details FROM scores WHERE reward = ? AND prompt = ? AND response = ?",
      [.text(key.reward), .text(key.prompt), .text(key.response)]
    ) { (row) throws(Problem) in
      let source = "\(database.path): details of a score"
      // Spelt out, as a bare nil would be JSON's null.
      let details =
        row.isNull(1) ? JSON?.none : try JSON.parse(row.text(1), source: source)
      return StoredScore(score: row.real(0) ?? 0, details: details)
    }.first
  }

  private static func insert(
    _ score: StoredScore, for key: ScoreKey, into database: Database
  ) throws(Problem) -> Int {
    try database.run(
      """
      INSERT INTO scores (reward, prompt, response, score, details, created)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """,
      [
        .text(key.reward), .text(key.prompt), .text(key.response), .real(score.score),
        SQLValue(score.details?.serialized()), .int(Int64(time(nil))),
      ])
  }
}
