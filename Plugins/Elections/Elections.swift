import PluginAPI

@c(crucible_plugin_Elections)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Elections", version: "1.0.0", summary: "Task vectors that vote, element by element.",
    merges: [
      MagMaxMerge.self, EMRMerge.self, ConsensusTAMerge.self, ConsensusTIESMerge.self,
      PCBMerge.self, ExPOMerge.self,
    ])
}

extension MergeContract {
  /// What every rule here works with: a base to subtract and models that moved away from it.
  static let elections = MergeContract(base: .required, missing: .needBase)
}

extension MergeBlock {
  /// Xᵢ − B of every input, `origin` being the base's values.
  func deltas<Input>(of inputs: [MergeInput<Input>], from origin: Vector) -> [Vector] {
    inputs.map { delta(of: $0.source, from: origin) }
  }
}
