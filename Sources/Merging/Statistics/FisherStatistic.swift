public import Modeling

/// The diagonal of the Fisher information of a model's weights, as Fisher merging weighs them:
/// F = mean over texts of (∂ log p(y | x) / ∂θ)², log p summed over the tokens of y.
///
/// Matena and Raffel, "Merging models with Fisher-weighted averaging", arXiv 2111.09832.
/// y is drawn from the model's own distribution, one token a position behind the
/// text's own tokens; with `.data` it is the text itself, which gives the empirical Fisher.
public struct FisherStatistic {
  public enum Labels: String, Sendable, CaseIterable { case model, data }

  public let labels: Labels
  /// Decides what is drawn.
  public let seed: UInt64

  public init(labels: Labels = .model, seed: UInt64 = 0) {
    self.labels = labels
    self.seed = seed
  }

  /// Bytes beside the model and a text's activations: f32 weights, their gradients, their sums.
  public static func memoryBytes(_ model: DecoderModel) -> Int { 12 * model.parameterCount }

  /// F of every tensor of the checkpoint, f32, under its name and in its shape; then the norm of
  /// all of them together, `#norm` [1].
  ///
  /// Cost: a forward and a backward pass for every text, alone: squares are averaged, not
  /// gradients.
  /// - Parameters:
  ///   - name: The model's, for messages.
  ///   - sequences: Each with at least one token that counts.
  ///   - progress: Hears how many are finished; throws to stop.
  /// - Throws: `Problem` for classifiers and for gradients that are no numbers; what `progress`
  ///   throws.
  public func collect(
    _ model: DecoderModel, name: String, over sequences: [TrainingRow.Sequence],
    progress: (_ finished: Int) throws -> Void = { _ in }
  ) throws -> [(name: String, tensor: Tensor)] {
    guard !model.isClassifier else {
      throw Problem(
        .badConfiguration, at: name, "a classifier has no probabilities of texts",
        hint: "name a language model")
    }
    precondition(!sequences.isEmpty, "no texts")
    let decoder = model.makeTrainable()
    let weights = decoder.parameters.map(\.variable)
    let sums = weights.map { Tensor(zeros: $0.shape) }
    let random = CounterRNG(seed: seed)
    for (index, sequence) in sequences.enumerated() {
      try progress(index)
      decoder.clearGradients()
      differentiate(decoder, sequence, random.substream(UInt64(index)))
      for (weight, sum) in zip(weights, sums) {
        if let gradient = weight.gradient { addSquares(of: gradient, to: sum) }
      }
    }
    try progress(sequences.count)
    // Before they are put together: fused projections are copied there.
    let norm = try finish(sums, count: sequences.count, name)
    return decoder.assembled { sums[$0] } + [("#norm", norm)]
  }

  /// Leaves the gradients of log p(y | x) in the weights.
  private func differentiate(
    _ decoder: DecoderModel, _ sequence: TrainingRow.Sequence, _ random: CounterRNG
  ) {
    let counted = sequence.labels.indices.dropFirst().filter {
      sequence.labels[$0] != DecoderModel.ignoredLabel
    }
    precondition(!counted.isEmpty, "no token counts")
    let tape = Tape()
    let hidden = decoder.hidden(
      tape, ids: sequence.ids, layout: SequenceLayout(lengths: [sequence.ids.count]))
    let before = tape.selectRows(hidden, counted.map { $0 - 1 })
    let drawn =
      switch labels {
      case .model: decoder.drawnTokens(hidden: before.value, random: random)
      case .data: counted.map { sequence.labels[$0] }
      }
    let logProbs = decoder.logProbs(tape, hidden: before, labels: drawn)
    let ones = [Float](repeating: 1, count: drawn.count)
    tape.backward(from: logProbs, dOutput: Tensor(ones, shape: [drawn.count]))
  }

  /// Divides by the number of texts; gives ‖F‖ of the whole model, [1].
  private func finish(_ sums: [Tensor], count: Int, _ name: String) throws -> Tensor {
    var squares = 0.0
    for sum in sums where sum.count > 0 {
      let values = sum.vector(0..<sum.count)
      values.scale(1 / Float(count))
      squares += values.sumOfSquares
    }
    guard squares.isFinite else {
      throw Problem(
        .badData, at: name, "the gradients of these texts are no finite numbers",
        hint: "look at the model's weights: crucible model inspect --check")
    }
    return Tensor([Float(squares.squareRoot())], shape: [1])
  }
}

/// sum += gradient²
private func addSquares(of gradient: Tensor, to sum: Tensor) {
  let step = 1 << 14
  ThreadPool.shared.parallel(over: sum.count, grain: step) { part in
    let arena = VectorArena()
    for start in stride(from: part.lowerBound, to: part.upperBound, by: step) {
      arena.reset()
      let run = start..<min(part.upperBound, start + step)
      let squares = arena.vector(run.count)
      squares.copy(gradient.vector(run))
      squares.multiply(squares)
      sum.vector(run).add(squares)
    }
  }
}
