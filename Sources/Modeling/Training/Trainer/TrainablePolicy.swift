public import Kernels

/// A model as the trainer sees it: weights, and log-probabilities of tokens or scores of sequences.
public protocol TrainablePolicy: AnyObject {
  /// The weights to train, f32, each with a name of its own, in a fixed order.
  var trainedWeights: [Variable] { get }

  /// Which of the two the model gives.
  var output: DecoderConfig.Output { get }

  /// log-probs of tokens that may follow: [E] f32, row by row.
  ///
  /// - Parameters:
  ///   - ids: tokens of all sequences, packed.
  ///   - rows: which of `ids` are asked what follows them, ascending.
  ///   - entries: `rows[i]` is asked for the log-probs of `ids[starts[i]..<starts[i + 1]]`, its
  ///     label and the tokens of its target, all by one pass over the vocabulary.
  func entryLogProbs(
    _ tape: Tape, ids: [Int32], layout: SequenceLayout, rows: [Int],
    entries: (starts: [Int], ids: [Int32]), recompute: Bool
  ) -> Variable

  /// Scores of whole sequences, packed: [B, labels] f32.
  func scores(_ tape: Tape, ids: [Int32], layout: SequenceLayout, recompute: Bool) -> Variable

  /// A copy that keeps these weights while training goes on.
  func frozenCopy() -> any TrainablePolicy
}
