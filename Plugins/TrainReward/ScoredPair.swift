/// What a reward model says of a held-out pair.
struct ScoredPair: Sendable, Equatable {
  var chosen: Double
  var rejected: Double
  /// Tokens of the chosen response less those of the rejected one.
  var lengthGap: Int
  /// Equal for pairs about the same prompt.
  var prompt = ""
  /// `FILE:LINE`.
  var place = ""

  /// By how much the chosen response leads.
  var lead: Double { chosen - rejected }
  /// 1 when the chosen response is ahead, half for a tie.
  var hit: Double { lead > 0 ? 1 : lead == 0 ? 0.5 : 0 }
}
