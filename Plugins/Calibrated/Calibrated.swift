import PluginAPI

@c(crucible_plugin_Calibrated)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Calibrated", version: "1.0.0", summary: "Merges weighted by statistics over a few texts.",
    merges: [Fisher.self, RegMean.self])
}
