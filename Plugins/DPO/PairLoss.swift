import PluginAPI

/// The chosen and rejected responses of a batch: log-probs in nats, one entry a pair.
struct PairBatch: Sendable {
  var policyChosen: [Double]
  var policyRejected: [Double]
  /// Empty for losses without a reference.
  var referenceChosen: [Double]
  var referenceRejected: [Double]
  var beta: Double
  var labelSmoothing = 0.0
  /// SimPO's target margin over beta.
  var gammaBetaRatio = 0.0

  var count: Int { policyChosen.count }
  /// log π − log π_ref.
  var chosenRatios: [Double] { zip(policyChosen, referenceChosen).map { $0 - $1 } }
  var rejectedRatios: [Double] { zip(policyRejected, referenceRejected).map { $0 - $1 } }
  /// By how much each chosen response leads: the difference of the two ratios.
  var margins: [Double] { zip(chosenRatios, rejectedRatios).map { $0 - $1 } }
}

/// A loss over pairs: one value a term, and the gradient of their mean.
struct PairResult: Sendable {
  var losses: [Double]
  var dChosen: [Double]
  var dRejected: [Double]

  var loss: Double { losses.reduce(0, +) / Double(max(1, losses.count)) }

  init(losses: [Double], dChosen: [Double], dRejected: [Double]) {
    self.losses = losses
    self.dChosen = dChosen
    self.dRejected = dRejected
  }

  /// Losses of each pair's margin alone.
  init(slopes: [Slope]) {
    let share = 1 / Double(max(1, slopes.count))
    losses = slopes.map(\.value)
    dChosen = slopes.map { $0.derivative * share }
    dRejected = slopes.map { -$0.derivative * share }
  }

  /// Losses with a part for the chosen and one for the rejected response, each of its own ratio.
  init(chosen: [Slope], rejected: [Slope]) {
    let share = 1 / Double(max(1, chosen.count))
    losses = zip(chosen, rejected).map { $0.value + $1.value }
    dChosen = chosen.map { $0.derivative * share }
    dRejected = rejected.map { $0.derivative * share }
  }
}

/// The losses by their names in TRL.
enum PairLoss: String, OptionChoice {
  case sigmoid, hinge, ipo
  case ipoAverage = "ipo_avg"
  case sppoHard = "sppo_hard"
  case ncaPair = "nca_pair"
  case aot
  case aotPair = "aot_pair"
  case ktoPair = "kto_pair"
  case simpo
  case simpoHinge = "simpo_hinge"

  /// What belongs to the name.
  var definition: PairLossDefinition {
    switch self {
    case .sigmoid: PairLossDefinition(sigmoidLoss)
    case .hinge: PairLossDefinition(hingeLoss)
    case .ipo: PairLossDefinition(ipoLoss)
    case .ipoAverage: PairLossDefinition(ipoLoss, averages: true)
    case .sppoHard: PairLossDefinition(sppoHardLoss)
    case .ncaPair: PairLossDefinition(ncaPairLoss)
    case .aot: PairLossDefinition(aotLoss, couplesPairs: true)
    case .aotPair: PairLossDefinition(aotPairLoss, couplesPairs: true)
    case .ktoPair: PairLossDefinition(ktoPairLoss, couplesPairs: true)
    case .simpo: PairLossDefinition(simpoLoss, needsReference: false, averages: true)
    case .simpoHinge: PairLossDefinition(simpoHingeLoss, needsReference: false, averages: true)
    }
  }
}

/// A loss and what the trainer must know of it.
struct PairLossDefinition: Sendable {
  let evaluate: @Sendable (PairBatch) -> PairResult
  let needsReference: Bool
  /// Whether it takes log-probs a token instead of sums.
  let averages: Bool
  /// Whether a pair's loss depends on the other pairs.
  let couplesPairs: Bool

  init(
    _ evaluate: @escaping @Sendable (PairBatch) -> PairResult, needsReference: Bool = true,
    averages: Bool = false, couplesPairs: Bool = false
  ) {
    self.evaluate = evaluate
    self.needsReference = needsReference
    self.averages = averages
    self.couplesPairs = couplesPairs
  }
}
