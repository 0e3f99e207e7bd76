internal import Processes

/// A reward that another plugin uses: what an option `{plugin: NAME, weight: …}` gives.
public final class RewardHandle: Sendable {
  /// What tables and messages call it: the plugin's name.
  public let name: String
  public let weight: Double
  public let model: any RewardModel
  /// Its options as written.
  public let options: String
  /// Hash of the plugin's library: another build may score otherwise.
  public let library: String
  /// All of it as a recipe writes it, relative paths as they stood: what `FusionJob.compose` takes.
  public let written: JSON

  /// - Parameter written: none stands for the plugin with its defaults.
  public init(
    name: String, weight: Double, model: any RewardModel, options: String, library: String,
    written: JSON? = nil
  ) {
    self.name = name
    self.weight = weight
    self.model = model
    self.options = options
    self.library = library
    self.written = written ?? ["plugin": .string(name), "weight": .number(weight)]
  }

  /// Changes whenever the same completion may get another score: belongs into the identity of
  /// whoever uses this reward.
  public var identity: String {
    get throws { SHA256.hex(of: "\(library)\n\(name)\n\(options)\n\(try model.identity)") }
  }

  /// One score a completion; NaN, with the reason where it gave one, where it could not judge.
  ///
  /// Throws when it fails as a whole or answers in another number.
  public func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let (scores, stopped) = try judgeInPart(batch)
    if let stopped { throw stopped }
    return scores
  }

  /// As `judge(_:)`, but what was judged before the reward had to stop comes with the reason of the
  /// stop instead of being lost.
  public func judgeInPart(
    _ batch: [Completion]
  ) throws -> (scores: [RewardScore], stopped: Problem?) {
    let scores: [RewardScore]
    var stopped: Problem?
    do {
      scores = try ForeignCode.run(
        "reward \(quoted(name))", "while it scored \(batch.count) responses",
        hint: "with 'isolate: true' a crash costs rows, not the run"
      ) { try answers(batch) }
    } catch let unfinished as UnfinishedJudgement {
      (scores, stopped) = (unfinished.scores, unfinished.problem)
    } catch var problem as Problem {
      problem.place = problem.place ?? "reward \(quoted(name))"
      throw problem
    } catch let problems as Problems {
      throw problems
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw Problem(.failed, at: "reward \(quoted(name))", excerpt("\(error)", limit: 400))
    }
    guard scores.count == batch.count else {
      throw Problem(
        .badConfiguration, at: "reward \(quoted(name))",
        "returned \(scores.count) scores for \(batch.count) responses",
        expected: "one score a response, in order")
    }
    return (scores.map(Self.tidied), stopped)
  }

  private func answers(_ batch: [Completion]) throws -> [RewardScore] {
    if let explaining = model as? any ExplainingReward { return try explaining.judge(batch) }
    return try model.scores(batch).map { RewardScore($0) }
  }

  /// Infinities are no scores, and a reason is one line of bounded length.
  private static func tidied(_ score: RewardScore) -> RewardScore {
    var score = score
    if score.value.isInfinite { score = RewardScore(failure: "the score is \(score.value)") }
    score.failure = score.failure.map { excerpt($0, limit: 200) }
    return score
  }
}
