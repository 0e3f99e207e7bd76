import PluginAPI

/// Opens .gguf files: weights, tokenizer and template in one.
struct GGUFAdapter: ModelAdapter {
  static let name = "gguf"
  static let summary = "GGUF files, quantised or not."

  init(_ options: NoOptions) {}

  static func canOpen(_ reference: ModelReference) -> Bool {
    reference.location.hasSuffix(".gguf")
  }

  func open(_ reference: ModelReference) throws -> any LanguageModel {
    try LoadedModel.open(reference.location)
  }
}

@c(crucible_plugin_GGUF)
public func entry() -> UnsafeRawPointer {
  manifest("GGUF", version: "1.0.0", adapters: [GGUFAdapter.self])
}
