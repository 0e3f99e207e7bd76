import PluginAPI

@c(crucible_plugin_Consensus)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Consensus", version: "1.0.0", summary: "Picks the response that the others agree with.",
    adapters: [SelectAdapter.self], rewards: [ConsensusReward.self],
    strategies: [SelectStrategy.self])
}
