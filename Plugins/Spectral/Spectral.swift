import PluginAPI

@c(crucible_plugin_Spectral)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Spectral", version: "1.0.0", summary: "Task vectors through their singular values.",
    merges: [
      IsoCMerge.self, IsoCTSMerge.self, TSVMerge.self, WUDIMerge.self, SVCMerge.self,
      OPCMMerge.self, KnOTSMerge.self,
    ])
}

extension MergeContract {
  /// What every rule here works with: a base to subtract and models that moved away from it.
  static let spectral = MergeContract(base: .required, missing: .needBase)
}
