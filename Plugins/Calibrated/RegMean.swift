import PluginAPI

/// Regression mean: each linear layer becomes the one whose outputs are nearest to those of all
/// models, each on its own inputs.
///
///     W = (Σ G_i)⁻¹ Σ G_i X_iᵀ       G_i = mean of xᵀx over inputs x of model i's layer
///
/// Jin et al., arXiv 2212.09849; X_i is [out, in], W its transpose. Inner products
/// between different inputs are multiplied by `reduce_non_diagonal_ratio` first. G
/// comes from `crucible model statistics --kind gram`; tensors without it (norms, biases,
/// embeddings) get the mean.
///
/// What no text has shown leaves ΣG singular: each element of its diagonal therefore grows by a
/// small share of itself (by 1 where it is 0), divided evenly among the models, so that unseen
/// directions get the mean. On ΣG a share ρ acts as a ratio of 1 / (1 + ρ).
///
/// Cost: in f64, n³/3 + 2 N n² m multiplications and about 8 (4 n² + 3 n m) bytes for N models and
/// a layer of n inputs and m outputs.
struct RegMean: MergeMethod {
  static let name = "regmean"
  static let summary = "Linear layers fitted to all models' outputs on their own inputs."
  static let contract = MergeContract(base: .ignored, missing: .mergePresent)

  struct Options: PluginOptions {
    @Setting("Factor on inner products between different inputs; 1 keeps them.", in: 0...1)
    var reduceNonDiagonalRatio = 0.1
    @Setting(
      "Added to each element of the diagonal, as a share of it; at least inputs · 2⁻²², the rounding.",
      in: 0...) var ridge = 0.0
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let sources = tensor.inputs.map(\.source)
    let grams = try ["gram", "gram.transposed"].map { kind in
      try sources.map { try $0.statistic(kind) }
    }
    guard tensor.shape.count == 2 else { return try writeMean(of: tensor) }
    for (found, isTransposed) in zip(grams, [false, true])
    where found.contains(where: { $0 != nil }) {
      let layers = try zip(sources, found).map { source, gram in
        try Layer(source, gram: gram, isTransposed: isTransposed, of: tensor)
      }
      let fitted = try fitted(layers, place: tensor.name)
      return try tensor.write((isTransposed ? fitted : fitted.transposed).tensor(.f32))
    }
    for source in sources where try source.statistic("gram.rows") == nil {
      throw missing(tensor.name, source)
    }
    try writeMean(of: tensor)
  }

  /// One model's part of the fit.
  private struct Layer {
    let source: MergeSource
    let gram: Tensor
    let isTransposed: Bool

    init<Input>(
      _ source: MergeSource, gram: Tensor?, isTransposed: Bool, of tensor: TensorMerge<Input>
    ) throws {
      guard let gram else { throw missing(tensor.name, source) }
      let inputs = tensor.shape[isTransposed ? 0 : 1]
      guard gram.shape == [inputs, inputs], gram.dtype == .f32 else {
        throw Problem(
          .badData, at: "\(source.model): inner products of \(quoted(tensor.name))",
          "have shape \(gram.shape) of \(gram.dtype)", expected: "\([inputs, inputs]) of f32",
          hint: "the statistics belong to other weights: measure them again")
      }
      (self.source, self.gram, self.isTransposed) = (source, gram, isTransposed)
    }

    /// X_iᵀ, [in, out].
    var weight: Matrix {
      let stored = Matrix(source.tensor())
      return isTransposed ? stored : stored.transposed
    }

    /// G_i with its off-diagonal elements times `ratio`.
    func products(ratio: Double, place: String) throws -> Matrix {
      let whole = Matrix(gram)
      guard whole.isFinite, (0..<whole.rows).allSatisfy({ whole[$0, $0] >= 0 }) else {
        throw Problem(
          .badData, at: "\(source.model): inner products of \(quoted(place))",
          "are no finite squares", hint: "measure them again: crucible model statistics")
      }
      var reduced = ratio == 1 ? whole : whole * ratio
      for index in 0..<whole.rows { reduced[index, index] = whole[index, index] }
      return reduced
    }
  }

  /// W, [in, out].
  private func fitted(_ layers: [Layer], place: String) throws -> Matrix {
    var sum: Matrix?
    var products: Matrix?
    var weights: Matrix?
    for layer in layers {
      let gram = try layer.products(ratio: options.reduceNonDiagonalRatio, place: place)
      let weight = layer.weight
      sum = sum.map { $0 + gram } ?? gram
      products = products.map { $0 + gram.times(weight) } ?? gram.times(weight)
      weights = weights.map { $0 + weight } ?? weight
    }
    guard var sum, let products, let weights else {
      throw Problem(.failed, at: place, "there are no inputs")
    }
    let ridge = ridge(of: sum)
    for (index, value) in ridge.enumerated() { sum[index, index] += value }
    let shares = ridge.map { $0 / Double(layers.count) }
    do {
      return try sum.solvingPositive(products + weights.scalingRows(by: shares))
    } catch let problem as Problem {
      throw Problem(
        .badData, at: place, "the inner products cannot be solved: \(problem.what)",
        expected: "sums of xᵀx",
        hint: "raise ridge, 0.01 say, or measure again: crucible model statistics")
    }
  }

  /// What the diagonal of ΣG grows by. Elements of G are f32 sums: their rounding, a share of the
  /// diagonal, adds up over a row.
  private func ridge(of sum: Matrix) -> [Double] {
    let share = max(options.ridge, Double(sum.rows) * 0x1p-22)
    return (0..<sum.rows).map { sum[$0, $0] > 0 ? share * sum[$0, $0] : 1 }
  }

  private func writeMean(of tensor: TensorMerge<NoOptions>) throws {
    let share = 1 / Float(tensor.inputs.count)
    try tensor.write { block, result in
      result.fill(0)
      for input in tensor.inputs { result.add(block.values(of: input.source), times: share) }
    }
  }
}

private func missing(_ name: String, _ source: MergeSource) -> Problem {
  Problem(
    .missingInput, at: source.model, "there are no inner products of \(quoted(name))",
    expected: "statistics of every input",
    hint: "measure them: crucible model statistics MODEL --kind gram --data FILE")
}
