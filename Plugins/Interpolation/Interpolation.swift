import PluginAPI

@c(crucible_plugin_Interpolation)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Interpolation", version: "1.0.0", summary: "Averages, spheres and selections between models.",
    merges: [
      LinearMerge.self, SlerpMerge.self, NuslerpMerge.self, MultislerpMerge.self,
      KarcherMerge.self, ModelStockMerge.self, NearswapMerge.self, ArceeFusionMerge.self,
      PassthroughMerge.self,
    ])
}
