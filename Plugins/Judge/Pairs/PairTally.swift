import PluginAPI
import Synchronization

/// Whether the judge can be trusted with pairs.
final class PairTally: Sendable {
  private struct Counts {
    var (pairs, failed, consistent, bias) = (0, 0, 0, 0.0)
  }

  private let counts = Mutex(Counts())

  func add(_ found: [Result<JudgedPair, Unanswered>]) {
    counts.withLock { counts in
      for found in found {
        switch found {
        case .failure: counts.failed += 1
        case .success(let pair):
          counts.pairs += 1
          counts.consistent += pair.isConsistent ? 1 : 0
          counts.bias += pair.bias
        }
      }
    }
  }

  /// `position_bias`: mean probability that whichever answer is shown first wins, less a half.
  var json: JSON {
    counts.withLock { counts in
      let n = Double(counts.pairs)
      return [
        "mode": "pairwise", "pairs": .int(Int64(counts.pairs)),
        "failed": .int(Int64(counts.failed)), "position_bias": .finite(counts.bias / n),
        "position_consistency": .finite(Double(counts.consistent) / n),
      ]
    }
  }
}
