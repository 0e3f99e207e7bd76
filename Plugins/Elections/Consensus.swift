import PluginAPI

/// What the two consensus rules share (arXiv 2405.07813): of a merged task vector τ only those
/// elements stay that matter to at least `k` models.
///
/// An element matters to model i where |Δᵢ| > `tall_lambda` · |τ − Δᵢ|: its TALL mask. Then
/// Y = B + `alpha` · τ where enough masks agree, B elsewhere.
struct Consensus: Sendable {
  private let lambda: Float
  private let voters: Int
  private let alpha: Double?

  init(_ options: ConsensusOptions) {
    lambda = Float(options.tallLambda)
    voters = options.k
    alpha = options.alpha
  }

  /// - Parameter mix: Fills its last argument, zeros, with τ out of the block's deltas, which stay
  ///   as they are.
  /// - Throws: `Problem` where there are fewer models than must agree, or no base, and what writing
  ///   throws.
  func merge(
    _ tensor: TensorMerge<NoOptions>, mix: (MergeBlock, [Vector], Vector) -> Void
  ) throws {
    let base = try tensor.requiredBase()
    if tensor.inputs.isEmpty { return try tensor.write(base) }
    guard voters <= tensor.inputs.count else {
      throw Problem(
        .badConfiguration, at: "tensor \(quoted(tensor.name))",
        "k is \(voters), but models that have this tensor: \(tensor.inputs.count)",
        expected: "k up to their number: nothing can agree otherwise")
    }
    let scale = alpha ?? 1 / Double(tensor.inputs.count).squareRoot()
    try tensor.write { block, result in
      let origin = block.values(of: base)
      let deltas = block.deltas(of: tensor.inputs, from: origin)
      let (mixed, votes) = (block.zeros(), block.zeros())
      mix(block, deltas, mixed)
      for delta in deltas { votes.countDominant(delta, in: mixed, by: lambda) }
      result.fill(0)
      result.take(mixed, where: votes, isAtLeast: Float(voters))
      result.scale(Float(scale))
      result.add(origin)
    }
  }
}

struct ConsensusOptions: PluginOptions {
  @Setting("How much an element must matter to a model; searched over 0.2–0.6.", in: 0.0...)
  var tallLambda = 0.4
  @Setting("To how many models an element must matter.", in: 1...1000) var k = 2
  @Setting("Factor on what stays [1/√models].") var alpha: Double?

  init() {}
}
