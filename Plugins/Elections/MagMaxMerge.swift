import PluginAPI

/// MagMax (arXiv 2407.06322): every element takes the change of the model that changed it most.
///
/// Y = B + `scaling_factor` · Δ_m, m the model of largest |Δᵢ| in this element, of equal ones the
/// last. One pass.
struct MagMaxMerge: MergeMethod {
  static let name = "magmax"
  static let summary = "Every element takes the largest change among the models."
  static let contract = MergeContract.elections

  struct Options: PluginOptions {
    @Setting("Factor on the elected task vector.") var scalingFactor = 0.5
  }

  private let scale: Float

  init(_ options: Options) { scale = Float(options.scalingFactor) }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    try tensor.write { block, result in
      let origin = block.values(of: base)
      result.fill(0)
      for input in tensor.inputs {
        result.takeLarger(block.delta(of: input.source, from: origin))
      }
      result.scale(scale)
      result.add(origin)
    }
  }
}
