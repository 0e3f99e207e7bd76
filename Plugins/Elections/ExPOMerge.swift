import PluginAPI

/// ExPO, weak-to-strong extrapolation (arXiv 2404.16792): an aligned model moved on in the
/// direction that alignment moved it.
///
/// Y = X + `alpha` · (X − B), X the model or the mean of the models, B what alignment started from.
/// One pass. Computed as B + (1 + alpha)/N · Σᵢ Δᵢ, which is task_arithmetic with those weights.
struct ExPOMerge: MergeMethod {
  static let name = "expo"
  static let summary = "Moves an aligned model further in the direction of its alignment."
  static let contract = MergeContract.elections

  struct Options: PluginOptions {
    @Setting("How far beyond the model, in lengths of its task vector.") var alpha = 0.3
  }

  private let alpha: Double

  init(_ options: Options) { alpha = options.alpha }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    if tensor.inputs.isEmpty { return try tensor.write(base) }
    let scale = Float((1 + alpha) / Double(tensor.inputs.count))
    try tensor.write { block, result in
      let origin = block.values(of: base)
      result.fill(0)
      for delta in block.deltas(of: tensor.inputs, from: origin) { result.add(delta) }
      result.scale(scale)
      result.add(origin)
    }
  }
}
