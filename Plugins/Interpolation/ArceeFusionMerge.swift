import PluginAPI

/// Arcee Fusion (Arcee AI): takes the other model's value where the change matters most, the
/// base's elsewhere.
///
/// Importance of an element is s = |X − B| · D of its row of the last axis (a tensor of one axis is
/// one row), with D = Σ p ln(p/q), p = softmax(X) + 1e-8, q = softmax(B) + 1e-8. With quartiles of
/// s at the ranks ⌊f(n−1)⌋: Y = X where s ≥ median + 1.5 · (q₃ − q₁), else B.
///
/// As in mergekit 0.1.5, but D is summed in double (in f32 it is mostly noise for models that are
/// close), and quartiles are exact; mergekit draws a million elements of larger tensors, and so
/// never gives the same result twice.
struct ArceeFusionMerge: MergeMethod {
  static let name = "arcee_fusion"
  static let summary = "The other model's values where the change matters most, else the base's."
  static let contract = MergeContract(base: .required, inputs: 1...1, missing: .copySingle)

  init(_ options: NoOptions) {}

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let (base, other) = (try tensor.requiredBase(), try tensor.inputs(exactly: 1)[0].source)
    let divergences = Self.divergences(tensor, other, from: base)
    let last = tensor.count - 1
    let quartiles = tensor.orderStatistics(ranks: [last / 4, last / 2, last * 3 / 4]) { block in
      let importance = block.delta(of: other, from: base)
      Self.weigh(importance, by: divergences, in: block)
      return importance
    }.map(\.value)
    let threshold = quartiles[1] + 1.5 * (quartiles[2] - quartiles[0])
    try tensor.write { block, result in
      base.values.read(from: block.elements.lowerBound, into: result)
      let values = block.values(of: other)
      let importance = block.scratch()
      importance.copy(values)
      importance.subtract(result)
      Self.weigh(importance, by: divergences, in: block)
      result.take(values, where: importance, isAtLeast: threshold)
    }
  }

  /// D of every row.
  private static func divergences(
    _ tensor: TensorMerge<NoOptions>, _ other: MergeSource, from base: MergeSource
  ) -> [Float] {
    tensor.accumulate(by: .rows, from: [Float]()) { block, divergences in
      let (values, origin) = (block.values(of: other), block.values(of: base))
      for row in 0..<block.rowCount {
        let divergence = block.row(row, of: values).softmaxDivergence(
          from: block.row(row, of: origin), floor: 1e-8)
        divergences.append(Float(divergence))
      }
    }.flatMap { $0 }
  }

  /// Turns differences into importances. Blocks may start and end inside a row.
  private static func weigh(_ deltas: Vector, by divergences: [Float], in block: MergeBlock) {
    deltas.setMagnitudes(deltas)
    var start = block.elements.lowerBound
    while start < block.elements.upperBound {
      let row = start / block.width
      let end = min((row + 1) * block.width, block.elements.upperBound)
      deltas[start - block.elements.lowerBound..<end - block.elements.lowerBound]
        .scale(divergences[row])
      start = end
    }
  }
}
