import PluginAPI
import Synchronization

/// What became of the ratings so far.
final class RatingTally: Sendable {
  private struct Counts {
    var (rated, failed) = (0, 0)
    var (sum, squares, mass) = (0.0, 0.0, 0.0)
    var withMass = 0
  }

  private let counts = Mutex(Counts())

  func add(_ scores: [RewardScore]) {
    counts.withLock { counts in
      for score in scores {
        guard score.value.isFinite else {
          counts.failed += 1
          continue
        }
        let value = Double(score.value)
        counts.rated += 1
        counts.sum += value
        counts.squares += value * value
        if let mass = score.parts.first(where: { $0.name == "mass" })?.value {
          counts.mass += Double(mass)
          counts.withMass += 1
        }
      }
    }
  }

  /// `mass`: the mean probability that the judge gives to all numbers of the scale together.
  var json: JSON {
    counts.withLock { counts in
      let n = Double(counts.rated)
      let mean = counts.sum / n
      return [
        "mode": "pointwise", "rated": .int(Int64(counts.rated)),
        "failed": .int(Int64(counts.failed)), "mean": .finite(mean),
        "variance": .finite(max(0, counts.squares / n - mean * mean)),
        "mass": .finite(counts.mass / Double(counts.withMass)),
      ]
    }
  }
}
