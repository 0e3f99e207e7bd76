import PluginAPI

/// Spherical interpolation between the base (t = 0) and one other model (t = 1), over the whole
/// tensor as one vector.
///
/// With θ the angle between the two, Y = sin((1−t)θ)/sin θ · B + sin(tθ)/sin θ · X. The vectors are
/// combined at their own lengths; only the angle is that of unit vectors. Where |cos θ| > 0.9995,
/// also for opposite vectors, Y = (1−t)B + tX. A vector shorter than 1e-8 is at a right angle to
/// everything. As mergekit 0.1.5 has it; `t` may leave 0...1.
struct SlerpMerge: MergeMethod {
  static let name = "slerp"
  static let summary = "Spherical interpolation between the base and one other model."
  static let contract = MergeContract(
    base: .required, inputs: 1...1, missing: .copySingle, required: ["t"])

  struct Options: PluginOptions {
    @Setting("Place between the base, 0, and the other model, 1.") var t = 0.5
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let sources = [try tensor.requiredBase(), try tensor.inputs(exactly: 1)[0].source]
    let gram = tensor.gram(of: sources)
    let lengths = (0..<2).map { gram.length($0) > 1e-8 ? gram.length($0) : 1 }
    let cosine = gram[0, 1] / (lengths[0] * lengths[1])
    let arc = Arc(cosine: cosine, isStraight: abs(cosine) > 0.9995, t: options.t)
    try tensor.write([
      WeightedSource(source: sources[0], coefficient: arc.first),
      WeightedSource(source: sources[1], coefficient: arc.second),
    ])
  }
}
