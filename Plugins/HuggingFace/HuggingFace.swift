import Foundation
import PluginAPI

/// Opens Hugging Face directories: config.json, safetensors, tokenizer.json.
struct HuggingFaceAdapter: ModelAdapter {
  static let name = "huggingface"
  static let summary = "Hugging Face directories with safetensors weights."

  init(_ options: NoOptions) {}

  static func canOpen(_ reference: ModelReference) -> Bool {
    FileManager.default.fileExists(atPath: reference.location + "/config.json")
  }

  func open(_ reference: ModelReference) throws -> any LanguageModel {
    try LoadedModel.open(reference.location)
  }
}

@c(crucible_plugin_HuggingFace)
public func entry() -> UnsafeRawPointer {
  manifest("HuggingFace", version: "1.0.0", adapters: [HuggingFaceAdapter.self])
}
