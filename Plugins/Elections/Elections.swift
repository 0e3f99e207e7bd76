import PluginAPI

@c(crucible_plugin_Elections)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Elections", version: "1.0.0", summary: "Task vectors that vote, element by element.",
    merges: [])
}
