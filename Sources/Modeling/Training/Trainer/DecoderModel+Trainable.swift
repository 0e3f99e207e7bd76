public import Kernels

extension DecoderModel: TrainablePolicy {
  public var trainedWeights: [Variable] { parameters.map(\.variable) }

  public var output: DecoderConfig.Output { config.output }

  public func entryLogProbs(
    _ tape: Tape, ids: [Int32], layout: SequenceLayout, rows: [Int],
    entries: (starts: [Int], ids: [Int32]), recompute: Bool
  ) -> Variable {
    let hidden = hidden(tape, ids: ids, layout: layout, recompute: recompute)
    return logProbs(tape, hidden: tape.selectRows(hidden, rows), entries: entries)
  }

  public func frozenCopy() -> any TrainablePolicy { snapshot() }
}
