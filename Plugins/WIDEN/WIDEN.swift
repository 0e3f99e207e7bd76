import PluginAPI

@c(crucible_plugin_WIDEN)
public func entry() -> UnsafeRawPointer {
  manifest(
    "WIDEN", version: "1.0.0",
    summary: "Weight disentanglement for models that moved by different amounts, arXiv 2408.03092.",
    merges: [WIDENMerge.self])
}
