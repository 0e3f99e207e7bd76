import PluginAPI

/// Regression mean: each linear layer becomes the one whose outputs are nearest to those of all
/// models, each on its own inputs.
///
///     W = (Σ G_i)⁻¹ Σ G_i X_iᵀ       G_i = mean of xᵀx over inputs x of model i's layer
///
/// Jin et al., arXiv 2212.09849, equation 2; X_i is [out, in], W its transpose. Inner products
/// between different inputs are multiplied by `reduce_non_diagonal_ratio` first (section 4.2
/// there). G comes from `crucible model statistics --kind gram`; tensors without it (norms, biases,
/// embeddings) get the mean.
///
/// What no text has shown leaves G singular: every G_i therefore gets ε on its diagonal, the same
/// for all models, so that unseen directions get the mean.
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
    @Setting("Added to the diagonal, as a share of its mean.", in: 0...) var ridge = 1e-6
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
      guard let fitted = try fitted(layers, place: tensor.name) else { break }
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

  /// W, [in, out]; nil where no text has shown anything.
  private func fitted(_ layers: [Layer], place: String) throws -> Matrix? {
    guard let first = layers.first else { return nil }
    let inputs = first.gram.width
    var sum = Matrix(zeros: inputs, by: inputs)
    var products = Matrix(zeros: inputs, by: first.weight.columns)
    var weights = products
    for layer in layers {
      let (gram, weight) = (
        try layer.products(ratio: options.reduceNonDiagonalRatio, place: place), layer.weight
      )
      sum = sum + gram
      products = products + gram.times(weight)
      weights = weights + weight
    }
    let trace = (0..<inputs).reduce(0) { $0 + sum[$1, $1] }
    guard trace > 0 else { return nil }
    let ridge = options.ridge * trace / Double(inputs * layers.count)
    for index in 0..<inputs { sum[index, index] += ridge * Double(layers.count) }
    do {
      return try sum.solvingPositive(products + weights * ridge)
    } catch let problem as Problem {
      throw Problem(
        .badData, at: place, "the inner products cannot be solved: \(problem.what)",
        expected: "a positive definite matrix", hint: "raise ridge, 1e-3 say, or measure more texts"
      )
    }
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
