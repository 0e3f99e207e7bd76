import PluginAPI

/// Takes tensors as they are, or times `scale`: with slices, a way to stack layers of models
/// ("frankenmerge"). `scale: 0` on `o_proj` and `down_proj` makes a layer the identity.
struct PassthroughMerge: MergeMethod {
  static let name = "passthrough"
  static let summary = "One model's tensors as they are; stacks layers by slices."
  static let contract = MergeContract(base: .ignored, inputs: 1...1, missing: .mergePresent)

  struct Input: PluginOptions {
    @Setting("Factor of every element.") var scale: Double?
  }

  init(_ options: NoOptions) {}

  func merge(_ tensor: TensorMerge<Input>) throws {
    let input = try tensor.inputs(exactly: 1)[0]
    try tensor.write([
      WeightedSource(source: input.source, coefficient: input.parameters.scale ?? 1)
    ])
  }
}
