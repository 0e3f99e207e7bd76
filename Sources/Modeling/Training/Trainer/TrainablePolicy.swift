public import Kernels

/// A model as the trainer sees it: weights, and log-probabilities of labels.
public protocol TrainablePolicy: AnyObject {
  /// The weights to train, f32, each with a name of its own, in a fixed order.
  var trainedWeights: [Variable] { get }

  /// log p(labels[t] | ids before t) for every t whose label counts (not -100, not the first of
  /// its sequence), one sequence after another: [M] f32, and how many each sequence has.
  func labelLogProbs(
    _ tape: Tape, ids: [Int32], layout: SequenceLayout, labels: [Int32], recompute: Bool
  ) -> (logProbs: Variable, counts: [Int])

  /// A copy that keeps these weights while training goes on.
  func frozenCopy() -> any TrainablePolicy
}
