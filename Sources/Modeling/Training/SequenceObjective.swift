/// A loss over the log-probabilities, or the scores, of the sequences of a row.
///
/// The trainer asks for it once a micro-batch; the shares of all micro-batches of an update add
/// up to the update's loss, so that 1 x 8 rows train as 8 x 1 do.
public protocol SequenceObjective: Sendable {
  /// Sequences a row: 1 for SFT, 2 for DPO, 3 for WRPO.
  var sequencesPerRow: Int { get }
  /// What of a sequence the loss looks at. The default are log-probabilities.
  var quantity: SequenceQuantity { get }
  /// Whether the loss looks at a frozen reference model.
  var needsReference: Bool { get }
  /// Whether the loss of a row depends on the other rows of its update (sorted or averaged over
  /// the batch). Such updates are computed whole: one more forward pass when they do not fit.
  var couplesRows: Bool { get }
  /// Text that changes whenever the same rows may get another loss: part of the key under which
  /// interrupted training is resumed.
  var identity: String { get }

  /// The loss of `batch`, its gradient and what is worth logging. [any thread, concurrently]
  func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult
}

/// What the numbers of `ObjectiveBatch.policy` are.
public enum SequenceQuantity: Sendable, Equatable {
  /// Sums of the log-probabilities of the counted tokens, of a language model.
  case logProbs
  /// The score of the whole sequence, of a classifier with one label.
  case scores
}

extension SequenceObjective {
  public var quantity: SequenceQuantity { .logProbs }
  public var couplesRows: Bool { false }
  public var identity: String { "\(self)" }
}

/// What an objective sees of a micro-batch: sums over the counted tokens of each sequence (or its
/// score, see `SequenceQuantity`), and over its positions with a target, nats, indexed
/// [row][sequence].
public struct ObjectiveBatch: Sendable {
  public var policy: [[Double]]
  /// As `policy`, of the frozen reference; empty when the objective needs none.
  public var reference: [[Double]]
  /// Counted tokens.
  public var tokenCounts: [[Int]]
  /// Σ_t Σ_v P_t(v) · log π_t(v) over the positions t with a target P_t.
  public var distilled: [[Double]]
  /// Σ_t −Σ_v P_t(v) · log P_t(v), the entropies of these targets.
  public var targetEntropies: [[Double]]
  /// Positions with a target.
  public var distilledCounts: [[Int]]
  /// `TrainingRow.margin` of each row.
  public var margins: [Double]
  /// Rows, counted tokens and positions with a target of the whole update, of which this batch is
  /// a part.
  public var updateRows: Int
  public var updateTokens: Int
  public var updateDistilled: Int
  public var progress: TrainingProgress

  /// A batch that is an update of its own.
  public init(
    policy: [[Double]], reference: [[Double]] = [], tokenCounts: [[Int]],
    distilled: [[Double]]? = nil, targetEntropies: [[Double]]? = nil,
    distilledCounts: [[Int]]? = nil, margins: [Double]? = nil,
    progress: TrainingProgress = TrainingProgress(step: 0, totalSteps: 1)
  ) {
    self.policy = policy
    self.reference = reference
    self.tokenCounts = tokenCounts
    let none = policy.map { $0.map { _ in 0.0 } }
    self.distilled = distilled ?? none
    self.targetEntropies = targetEntropies ?? none
    self.distilledCounts = distilledCounts ?? policy.map { $0.map { _ in 0 } }
    self.margins = margins ?? policy.map { _ in 0 }
    updateRows = policy.count
    updateTokens = tokenCounts.joined().reduce(0, +)
    updateDistilled = self.distilledCounts.joined().reduce(0, +)
    self.progress = progress
  }

  public var rowCount: Int { policy.count }

  /// log π − log π_ref of a sequence, nats.
  public func logRatio(_ row: Int, _ sequence: Int) -> Double {
    policy[row][sequence] - reference[row][sequence]
  }
}

/// How far a run is.
public struct TrainingProgress: Sendable, Equatable {
  /// Updates finished: 0 while the first is computed.
  public var step: Int
  /// Updates of the whole run, at least 1.
  public var totalSteps: Int

  public init(step: Int, totalSteps: Int) {
    self.step = step
    self.totalSteps = max(1, totalSteps)
  }
}

/// What an objective says of a micro-batch.
public struct ObjectiveResult: Sendable {
  /// This batch's share of the update's loss.
  public var loss: Double
  /// d(update's loss) / d(policy), [row][sequence].
  public var dPolicy: [[Double]]
  /// d(update's loss) / d(distilled), [row][sequence]; empty when the loss does not distil.
  public var dDistilled: [[Double]]
  /// Means over the rows of this batch, in the order in which they are shown.
  public var metrics: [Metric]

  public init(
    loss: Double, dPolicy: [[Double]], dDistilled: [[Double]] = [], metrics: [Metric] = []
  ) {
    self.loss = loss
    self.dPolicy = dPolicy
    self.dDistilled = dDistilled
    self.metrics = metrics
  }
}

/// A named number of a training step, `rewards/margins` for one.
public struct Metric: Sendable, Equatable {
  public var name: String
  public var value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }

  /// The mean of `values` (0 when there are none).
  public init(_ name: String, meanOf values: [Double]) {
    self.init(name, values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count))
  }

  /// The share of `claims` that hold.
  public init(_ name: String, shareOf claims: [Bool]) {
    self.init(name, meanOf: claims.map { $0 ? 1 : 0 })
  }
}
