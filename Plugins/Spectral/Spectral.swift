import PluginAPI

@c(crucible_plugin_Spectral)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Spectral", version: "1.0.0", summary: "Task vectors through their singular values.", merges: []
  )
}
