import PluginAPI

/// WUDI-Merging (arXiv 2503.08099): the merged task vector that interferes least with the inputs of
/// every layer, for which the rows of the task vectors themselves stand.
///
/// Minimises Σᵢ ‖(M − Δᵢ)Δᵢᵀ‖² / ‖Δᵢ‖² over M; Y = B + M. As published: `iterations` steps of Adam
/// with `learning_rate` from M = Σᵢ Δᵢ, in f32, which stop early and stay near the start.
/// `closed_form`: the minimum itself, M = (Σᵢ ΔᵢSᵢ)(Σᵢ Sᵢ + ridge · tr/n · I)⁻¹, where
/// Sᵢ = ΔᵢᵀΔᵢ / ‖Δᵢ‖², tr is the trace of Σᵢ Sᵢ and n its size, the number of columns.
///
/// A Δᵢ of 0 has no part in it. Tensors that are no matrices: M is the mean of Δᵢ.
struct WUDIMerge: MergeMethod {
  static let name = "wudi"
  static let summary = "The task vector that interferes least with the models' own directions."
  static let contract = MergeContract.spectral

  struct Options: PluginOptions {
    @Setting("Solves for the minimum instead of walking towards it.") var closedForm = false
    @Setting("Steps towards the minimum.", in: 1...1_000_000) var iterations = 300
    @Setting("Length of a step in an element.", in: 0.0...) var learningRate = 1e-5
    @Setting(
      "Part of the mean square direction that is added to all, with closed_form.", in: 0.0...)
    var ridge = 1e-8
  }

  private let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    try tensor.mergeMatrix(scale: 1) { deltas in
      guard let objective = try WUDIObjective(deltas) else {
        return Matrix(zeros: deltas.rows, by: deltas.columns)
      }
      return options.closedForm
        ? try objective.minimum(ridge: options.ridge)
        : objective.descend(steps: options.iterations, learningRate: options.learningRate)
    }
  }
}

/// Σᵢ tr((M − Δᵢ)Sᵢ(M − Δᵢ)ᵀ) as a quadratic function of M.
struct WUDIObjective {
  /// Σᵢ Δᵢ.
  let start: Matrix
  /// Σᵢ Sᵢ, (columns, columns).
  let squares: Matrix
  /// Σᵢ ΔᵢSᵢ, (rows, columns).
  let products: Matrix

  /// Nil when all task vectors are 0.
  init?(_ deltas: TaskMatrices) throws {
    var start = Matrix(zeros: deltas.rows, by: deltas.columns)
    var squares = Matrix(zeros: deltas.columns, by: deltas.columns)
    var products = start
    var isZero = true
    for index in 0..<deltas.count {
      let delta = try deltas[index]
      let length = delta.squaredNorm
      if length == 0 { continue }
      isZero = false
      let square = delta.times(delta, transposeSelf: true) * (1 / length)
      start = start + delta
      squares = squares + square
      products = products + delta.times(square)
    }
    if isZero { return nil }
    (self.start, self.squares, self.products) = (start, squares, products)
  }

  /// - Throws: `Problem` when Σ Sᵢ + ridge is singular to rounding.
  func minimum(ridge: Double) throws -> Matrix {
    var regular = squares
    let size = squares.rows
    let trace = (0..<size).reduce(0) { $0 + squares[$1, $1] }
    for index in 0..<size { regular[index, index] += ridge * trace / Double(size) }
    do {
      return try regular.solvingPositive(products.transposed).transposed
    } catch var problem as Problem {
      problem.hint = "ridge is \(ridge): raise it"
      throw problem
    }
  }

  /// Adam from Σᵢ Δᵢ, without weight decay. The gradient is 2(M · Σ Sᵢ − Σ ΔᵢSᵢ).
  func descend(steps: Int, learningRate: Double) -> Matrix {
    let merged = Variable(start.tensor(), requiresGradient: true)
    let (squares, products) = (squares.tensor(), products.tensor())
    var optimiser = AdamW(parameters: [merged])
    for _ in 0..<steps {
      let gradient = matmul(merged.value, squares)
      gradient.add(products, times: -1)
      merged.gradient = gradient
      optimiser.step(learningRate: learningRate, gradientScale: 2)
    }
    return Matrix(merged.value)
  }
}
