import PluginAPI

@c(crucible_plugin_TaskVectors)
public func entry() -> UnsafeRawPointer {
  manifest(
    "TaskVectors", version: "1.0.0",
    summary: "Arithmetic with what each fine-tuned model has learnt.", merges: [])
}
