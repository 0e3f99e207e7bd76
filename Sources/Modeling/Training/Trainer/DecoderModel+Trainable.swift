public import Kernels

extension DecoderModel: TrainablePolicy {
  public var trainedWeights: [Variable] { parameters.map(\.variable) }

  public func labelLogProbs(
    _ tape: Tape, ids: [Int32], layout: SequenceLayout, labels: [Int32], recompute: Bool
  ) -> (logProbs: Variable, counts: [Int]) {
    let result = tokenLogProbs(
      tape, ids: ids, layout: layout, labels: labels, recompute: recompute)
    return (result.logProbs, result.counts)
  }

  public func frozenCopy() -> any TrainablePolicy { snapshot() }
}
