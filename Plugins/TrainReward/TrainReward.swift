import PluginAPI

/// Trains a reward model by Bradley-Terry on preference pairs: the target's body with one score
/// at the last token that is not padding.
struct TrainRewardStrategy: FusionStrategy {
  static let name = "train-reward"
  static let summary = "A reward model from preference pairs, on the target's body (Bradley-Terry)."

  /// By how much the chosen response must lead.
  enum Margin: String, OptionChoice { case none, scores, constant }

  struct Options: PluginOptions {
    @Setting("Lead that the chosen response must have: none, its score's, or margin_value.")
    var margin = Margin.none
    @Setting("The lead of margin: constant.", in: 0.0...1_000) var marginValue = 1.0
    @Setting(
      "Adds this much of mean (r_chosen + r_rejected)², which centres rewards at 0.",
      in: 0.0...1_000)
    var centerRewardsCoefficient = 0.0
    @Setting("Share of pairs taken to be the wrong way round.", in: 0.0...0.5)
    var labelSmoothing = 0.0
    @Setting("Train on the pairs of this file instead of sampling and scoring.")
    var preferences: FilePath?
    @Setting("Report on the pairs of this file; heldout_share is then not used.")
    var heldoutPreferences: FilePath?
    @Setting("Share of the prompts whose pairs are held out for the report.", in: 0.0...0.9)
    var heldoutShare = 0.1
    @Shared var pairing = PairingOptions()
  }

  let options: Options

  init(_ options: Options) throws { self.options = options }

  var objective: BradleyTerryObjective {
    BradleyTerryObjective(
      centring: options.centerRewardsCoefficient, labelSmoothing: options.labelSmoothing)
  }

  func check(_ setup: FusionSetup) throws {
    guard options.preferences == nil else { return }
    try setup.require(sources: options.pairing.from == .sources, rewards: true)
  }

  func fuse(_ job: any FusionJob) throws -> ModelHandle {
    let pairs = try heldOut(of: allPairs(job), job)
    let settings = job.training
    let trained = try job.train(
      start(job), stage: "reward", objective: objective, settings: settings
    ) { model in
      try TokenisedPairs(pairs.training, by: model, settings, log: job.log).pairs.map {
        $0.row(margin: try margin(of: $0.pair))
      }
    }
    try report(on: pairs.heldout, by: trained, job)
    return trained
  }

  /// The target with a fresh head, or as it is when it is a reward model already.
  private func start(_ job: any FusionJob) -> ModelHandle {
    let (target, seed) = (job.target, job.seed)
    return ModelHandle(reference: target.reference, fewShot: target.fewShot) { _ in
      let model = try target.openDecoder(to: "become a reward model")
      switch model.decoder.config.output {
      case .tokens: return model.withScoreHead(labels: 1, seed: seed)
      case .scores(labels: 1): return model
      case .scores, .gatedObjectives:
        throw Problem(
          .badConfiguration, at: target.reference.place,
          "\(quoted(target.name)) gives \(model.decoder.config.scoreCount) scores",
          expected: "a language model, or a reward model with one score")
      }
    }
  }

  private func margin(of pair: RewardPair) throws -> Double {
    switch options.margin {
    case .none: return 0
    case .constant: return options.marginValue
    case .scores:
      guard let gap = pair.scoreGap else {
        throw Problem(
          .badData, at: pair.place, "the row has no scores for margin: scores",
          expected: "score_chosen and score_rejected", hint: "set fusion.margin to none or constant"
        )
      }
      return gap
    }
  }

  // MARK: - Pairs

  private func allPairs(_ job: any FusionJob) throws -> [RewardPair] {
    if let path = options.preferences?.path {
      return try RewardPair.read(path, options.pairing, seed: job.seed, log: job.log)
    }
    let pairs = try options.pairing.pairs(job)
    guard pairs.isEmpty else { return pairs }
    throw Problem(
      .failed, "no prompt gives a pair of answers that score differently",
      hint: "raise sampling.n or sampling.temperature, lower fusion.margin_to_pair, or set "
        + "fusion.from to all")
  }

  private func heldOut(
    of pairs: [RewardPair], _ job: any FusionJob
  ) throws -> (training: [RewardPair], heldout: [RewardPair]) {
    var split = PairSplit(
      pairs, share: options.heldoutPreferences == nil ? options.heldoutShare : 0, seed: job.seed)
    if let path = options.heldoutPreferences?.path {
      split.heldout = try RewardPair.read(path, options.pairing, seed: job.seed, log: job.log)
      let known = Set(pairs.map(\.promptKey))
      let shared = split.heldout.count { known.contains($0.promptKey) }
      if shared > 0 {
        job.log("warning: \(shared) held-out pairs are about prompts that are trained on")
      }
    }
    job.log(
      "\(split.training.count) pairs to train on, \(split.heldout.count) held out, of "
        + "\(Set(split.training.map(\.promptKey)).count) and "
        + "\(Set(split.heldout.map(\.promptKey)).count) prompts")
    if options.preferences == nil {
      try job.write(lines: split.training.map(\.json), to: "preferences.jsonl")
      try job.write(lines: split.heldout.map(\.json), to: "heldout-preferences.jsonl")
    }
    return (split.training, split.heldout)
  }

  private func report(
    on pairs: [RewardPair], by trained: ModelHandle, _ job: any FusionJob
  ) throws {
    guard !pairs.isEmpty else { return job.log("no held-out pairs: nothing is measured") }
    let model = try trained.openDecoder(to: "be measured")
    let tokenised = try TokenisedPairs(
      pairs, by: model, job.training, mayBeEmpty: true, log: job.log)
    // The model is trained, and stays what it is.
    guard !tokenised.pairs.isEmpty else {
      return job.log("no held-out pair is left: nothing is measured")
    }
    let scored = try tokenised.scored(by: model, check: job.checkCancellation)
    let report = RewardReport(scored)
    for line in report.lines { job.log(line) }
    try job.write(lines: report.json, to: "reward-metrics.jsonl")
  }
}

@c(crucible_plugin_TrainReward)
public func entry() -> UnsafeRawPointer {
  manifest(
    "TrainReward", version: "1.0.0", summary: "Reward models from preference pairs.",
    strategies: [TrainRewardStrategy.self])
}
