import PluginAPI

/// Singular value calibration (arXiv 2602.05536) of a task-arithmetic merge: directions that the
/// merge overstates, because several tasks share them, are scaled back.
///
/// M = Σᵢ `weight`ᵢ · Δᵢ = U Σ Vᵀ. For direction r and task i, with a = u_rᵀM and aᵢ = u_rᵀΔᵢ:
/// sᵢ = ⟨a, aᵢ⟩ / max(‖aᵢ‖², 1e-12); γ_r = N / Σᵢ max(sᵢ, `alpha`); Y = B + U · diag(γσ) · Vᵀ.
/// Tensors that are no matrices: Y = B + M.
struct SVCMerge: MergeMethod {
  static let name = "svc"
  static let summary = "Task arithmetic with singular values calibrated for shared directions."
  static let contract = MergeContract.spectral

  struct Options: PluginOptions {
    @Setting("The least share that a task may have in a direction, above 0.") var alpha = 0.1
  }

  struct Input: PluginOptions {
    @Setting("Factor on the model's task vector; may be negative.") var weight = 1.0
  }

  private let alpha: Double

  init(_ options: Options) throws {
    guard options.alpha > 0 else {
      throw OptionError("alpha", options.alpha, "must be above 0: shares may all be 0")
    }
    alpha = options.alpha
  }

  func merge(_ tensor: TensorMerge<Input>) throws {
    let weights = tensor.inputs.map(\.parameters.weight)
    guard tensor.shape.count == 2 else { return try tensor.writeSum(weights: weights) }
    try tensor.mergeMatrix(scale: 1) { deltas in
      let svd = try deltas.sum(weights: weights).svd()
      let mixed = svd.vT.scalingRows(by: svd.s)
      var shares = [Double](repeating: 0, count: deltas.rank)
      for index in 0..<deltas.count {
        let part = svd.u.times(try deltas[index], transposeSelf: true)
        for row in 0..<deltas.rank {
          shares[row] += max(share(of: part.row(row), in: mixed.row(row)), alpha)
        }
      }
      let scaled = zip(svd.s, shares).map { $0 * Double(deltas.count) / $1 }
      return SVD(u: svd.u, s: scaled, vT: svd.vT).product
    }
  }

  private func share(of part: [Double], in mixed: [Double]) -> Double {
    var (product, square) = (0.0, 0.0)
    for index in part.indices {
      product += part[index] * mixed[index]
      square += part[index] * part[index]
    }
    return product / max(square, 1e-12)
  }
}
