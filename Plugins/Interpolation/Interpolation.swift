import PluginAPI

@c(crucible_plugin_Interpolation)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Interpolation", version: "1.0.0", summary: "Averages, spheres and selections between models.",
    merges: [])
}
