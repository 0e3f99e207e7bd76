import PluginAPI

/// Parameter competition balancing (PCB-Merging, arXiv 2410.02396), with the tensor as the pool
/// instead of the whole model.
///
/// Of N task vectors with d elements each:
///
/// 1. aᵢ = |Δᵢ|, clamped to its values of ascending ranks ⌊d/10⁴⌋ and ⌊(1 − 1/10⁴)d − 1⌋;
///    Δ′ᵢ = sign(Δᵢ) · aᵢ;
/// 2. intraᵢ = ((aᵢ − min aᵢ)/(max aᵢ − min aᵢ))², interᵢ = tanh(Δᵢ · Σⱼ Δⱼ),
///    bᵢ = e^(N · intraᵢ) · interᵢ;
/// 3. sᵢ = bᵢ, clamped from below to its value of ascending rank ⌊d · (1 − ratio)⌋, stretched to
///    0…1;
/// 4. Y = B + λ · Σᵢ sᵢΔ′ᵢ / max(Σᵢ sᵢ, 1e-12).
///
/// Here bᵢ is smaller by e^N throughout, which 3 takes out again: many models do not overflow.
/// Where the definition divides 0 by 0: equal magnitudes have intra 1; where the clamp leaves one
/// value of b, its elements have s = 1 when it is positive, all others 0.
///
/// Passes: up to six an input, one to sum up (held as f32), one to write. Exact, without a sort.
struct PCBMerge: MergeMethod {
  static let name = "pcb"
  static let summary = "Weighs elements by their rank in their model and their support by others."
  static let contract = MergeContract.elections

  struct Options: PluginOptions {
    @Setting("Share of each task vector's elements that get a weight.", in: 0.0...1)
    var ratio = 0.1
    @Setting("Factor on the merged task vector.") var lambda = 1.2
  }

  private let ratio: Double
  private let lambda: Float

  init(_ options: Options) {
    ratio = options.ratio
    lambda = Float(options.lambda)
  }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    let total = sum(of: tensor, base)
    let contests = tensor.inputs.map { contest(of: $0.source, in: tensor, base, total) }
    try tensor.write { block, result in
      let origin = block.values(of: base)
      let weights = block.zeros()
      result.fill(0)
      for (input, contest) in zip(tensor.inputs, contests) {
        let delta = block.delta(of: input.source, from: origin)
        let shares = contest.competition(of: delta, in: block, total)
        shares.setPlace(between: contest.threshold, and: contest.top)
        weights.add(shares)
        delta.clampMagnitudes(from: contest.low, to: contest.high)
        delta.multiply(shares)
        result.add(delta)
      }
      result.divide(by: weights, atLeast: 1e-12)
      result.scale(lambda)
      result.add(origin)
    }
  }

  /// Σⱼ Δⱼ.
  private func sum(of tensor: TensorMerge<NoOptions>, _ base: MergeSource) -> Tensor {
    let total = Tensor(uninitialized: [tensor.count])
    _ = tensor.accumulate(from: ()) { block, _ in
      let origin = block.values(of: base)
      let sum = total.vector(block.elements)
      sum.fill(0)
      for delta in block.deltas(of: tensor.inputs, from: origin) { sum.add(delta) }
    }
    return total
  }

  private func contest(
    of source: MergeSource, in tensor: TensorMerge<NoOptions>, _ base: MergeSource, _ total: Tensor
  ) -> Contest {
    let last = tensor.count - 1
    let count = Double(tensor.count)
    let limits = tensor.orderStatistics(
      ranks: [Int(1e-4 * count), max(0, Int((1 - 1e-4) * count - 1))]
    ) { block in
      let delta = block.delta(of: source, from: base)
      delta.setMagnitudes(delta)
      return delta
    }
    var contest = Contest(
      low: limits[0].value, high: limits[1].value, models: Float(tensor.inputs.count))
    let places = tensor.orderStatistics(
      ranks: [min(last, Int(count * (1 - ratio))), last]
    ) { block in
      contest.competition(of: block.delta(of: source, from: base), in: block, total)
    }
    (contest.threshold, contest.top) = (places[0].value, places[1].value)
    return contest
  }
}

/// One model's part in the competition.
private struct Contest {
  /// Limits of |Δ|.
  var low: Float
  var high: Float
  /// Limits of b: s is 0 and 1 there.
  var threshold: Float = 0
  var top: Float = 0
  let models: Float

  init(low: Float, high: Float, models: Float) {
    (self.low, self.high, self.models) = (low, high, models)
  }

  /// b · e^−N of a block.
  func competition(of delta: Vector, in block: MergeBlock, _ total: Tensor) -> Vector {
    let result = block.scratch()
    result.setCompetition(
      of: delta, in: total.vector(block.elements), low: low, high: high, models: models)
    return result
  }
}
