import PluginAPI

/// NearSwap (alchemonaut, QuartetAnemoi-70B): takes the other model's value where it lies near the
/// base's.
///
/// w = clamp(t / max(|B − X|, 1e-6), 0, 1) for each element and Y = wX + (1−w)B. So X where the
/// two are at most t apart; elsewhere B, moved by t towards X. A negative t gives B. As mergekit
/// 0.1.5 has it.
struct NearswapMerge: MergeMethod {
  static let name = "nearswap"
  static let summary = "The base, moved towards the other model by at most t an element."
  static let contract = MergeContract(
    base: .required, inputs: 1...1, missing: .copyBase, required: ["t"])

  struct Options: PluginOptions {
    @Setting("Furthest that an element moves.") var t = 0.0
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let (base, other) = (try tensor.requiredBase(), try tensor.inputs(exactly: 1)[0].source)
    let t = Float(options.t)
    try tensor.write { block, result in
      base.values.read(from: block.elements.lowerBound, into: result)
      result.moveTowards(block.values(of: other), by: t)
    }
  }
}
