import PluginAPI

/// WIDEN: weight disentanglement (arXiv 2408.03092), for models that moved away from their base
/// by different amounts. Of every column of a matrix it measures how much length and direction
/// changed, turns the changes into ranks inside each model, and scales each model's task vector
/// Δₘ = Wₘ − W₀ column by column.
///
/// Of a matrix [out, in] a column belongs to one input; of the token embedding [vocabulary, hidden]
/// it is the vector of one token, so there the rule works row by row. Of n columns c:
///
/// 1. changes: dμ = |‖Wₘ[:,c]‖ − ‖W₀[:,c]‖| and dδ = 1 − cos(Wₘ[:,c], W₀[:,c]), in f64;
/// 2. significance σ = r/n, r the column's place in a stable ascending sort of the model's changes,
///    separately for dμ and dδ; NaN, the direction of a zero column, sorts last;
/// 3. score: softmax of σ over the models, and `score_calibration_value` wherever
///    σ > `above_average_value_ratio` · mean of the model's σ, without normalising again;
/// 4. W = W₀ + Σₘ ½(score of dμ + score of dδ) · Δₘ.
///
/// Vectors: σ = |Δₘ| itself, without ranks, then 3, and W = W₀ + Σₘ score · Δₘ.
///
/// Follows the authors' code, except that a model which has the base's values in this tensor is
/// left out (`exclude_unchanged`): it would get ranks from ties alone and take weight from others.
struct WIDENMerge: MergeMethod {
  static let name = "widen"
  static let summary =
    "Scales each column of each task vector by the rank of its change of length and direction."
  static let contract = MergeContract(base: .required, missing: .needBase)

  struct Options: PluginOptions {
    @Setting("Columns above this times a model's mean significance get the calibrated score.")
    var aboveAverageValueRatio = 1.0
    @Setting("The calibrated score.") var scoreCalibrationValue = 1.0
    @Setting("Leaves a model out of a tensor in which it equals the base.")
    var excludeUnchanged = true
  }

  private let calibration: Calibration
  private let excludesUnchanged: Bool

  init(_ options: Options) {
    calibration = Calibration(
      ratio: options.aboveAverageValueRatio, value: options.scoreCalibrationValue)
    excludesUnchanged = options.excludeUnchanged
  }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    switch (tensor.shape.count, tensor.role) {
    case (0...1, _): try mergeVector(tensor, base)
    case (2, .embedding): try mergeRows(tensor, base)
    case (2, _): try mergeColumns(tensor, base)
    default:
      throw Problem(
        .badConfiguration, at: "tensor \(quoted(tensor.name))", "has shape \(tensor.shape)",
        expected: "a vector or a matrix, which is what widen is defined for",
        hint: "merge this model by another method")
    }
  }

  private func mergeColumns(_ tensor: TensorMerge<NoOptions>, _ base: MergeSource) throws {
    let changes = tensor.columnChanges(from: base)
    let models = kept(changes.map(\.isMoved))
    let weights = calibration.weights(of: models.map { changes[$0] }).map {
      Tensor($0.map { Float($0) }, shape: [$0.count])
    }
    try tensor.write(by: .rows) { block, result in
      let origin = block.values(of: base)
      result.copy(origin)
      for (model, weights) in zip(models, weights) {
        let delta = block.delta(of: tensor.inputs[model].source, from: origin)
        let factors = weights.vector(0..<block.width)
        for row in 0..<block.rowCount { block.row(row, of: delta).multiply(factors) }
        result.add(delta)
      }
    }
  }

  private func mergeRows(_ tensor: TensorMerge<NoOptions>, _ base: MergeSource) throws {
    let changes = tensor.rowChanges(from: base)
    let models = kept(changes.map(\.isMoved))
    let weights = calibration.weights(of: models.map { changes[$0] })
    try tensor.write(by: .rows) { block, result in
      let origin = block.values(of: base)
      let first = block.elements.lowerBound / block.width
      result.copy(origin)
      for (model, weights) in zip(models, weights) {
        let delta = block.delta(of: tensor.inputs[model].source, from: origin)
        for row in 0..<block.rowCount {
          block.row(row, of: result).add(
            block.row(row, of: delta), times: Float(weights[first + row]))
        }
      }
    }
  }

  private func mergeVector(_ tensor: TensorMerge<NoOptions>, _ base: MergeSource) throws {
    let sums = tensor.magnitudeSums(from: base)
    let models = kept(sums.map { $0 != 0 })
    let means = models.map { sums[$0] / Double(tensor.count) }
    try tensor.write { block, result in
      let origin = block.values(of: base)
      let deltas = models.map { block.delta(of: tensor.inputs[$0].source, from: origin) }
      let scores = calibration.scores(
        of: deltas.map { $0.values.map { abs(Double($0)) } }, means: means)
      result.copy(origin)
      let factors = block.scratch()
      for (delta, scores) in zip(deltas, scores) {
        for (index, score) in scores.enumerated() { factors[index] = Float(score) }
        delta.multiply(factors)
        result.add(delta)
      }
    }
  }

  /// Which models take part.
  private func kept(_ isMoved: [Bool]) -> [Int] {
    isMoved.indices.filter { isMoved[$0] || !excludesUnchanged }
  }
}
