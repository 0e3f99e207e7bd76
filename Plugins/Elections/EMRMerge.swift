import PluginAPI

/// The election of EMR-Merging (arXiv 2405.17461): every element takes the largest change among
/// the models that agree with the sign of the sum.
///
/// γ = + where Σᵢ Δᵢ > 0, else −; τ = γ · max |Δᵢ| over the models whose Δᵢ has the sign γ, 0
/// where there is none; Y = B + `scaling_factor` · τ. One pass.
///
/// The full method also gives every model a mask of one bit an element and a factor of its own,
/// with which that model is served from τ. They are no part of one merged checkpoint.
struct EMRMerge: MergeMethod {
  static let name = "emr"
  static let summary = "Every element takes the largest change with the sign of the models' sum."
  static let contract = MergeContract.elections

  struct Options: PluginOptions {
    @Setting("Factor on the elected task vector.") var scalingFactor = 1.0
  }

  private let scale: Float

  init(_ options: Options) { scale = Float(options.scalingFactor) }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    try tensor.write { block, result in
      let origin = block.values(of: base)
      let deltas = block.deltas(of: tensor.inputs, from: origin)
      let direction = block.zeros()
      for delta in deltas { direction.add(delta) }
      // From 0 the farthest value in the direction is the largest that has its sign.
      result.fill(0)
      for delta in deltas { result.takeFarther(delta, direction: direction) }
      result.scale(scale)
      result.add(origin)
    }
  }
}
