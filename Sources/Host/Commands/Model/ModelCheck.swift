import Foundation
import PluginAPI

/// Opens everything at a path and throws the first fault, or all of a kind where they can be told
/// together.
struct ModelCheck {
  let path: String

  func run() throws {
    if AdapterDirectory.isAdapter(path) {
      try checkAdapter(path)
      return
    }
    if isFolder { return try checkFolder(path) }
    if path.hasSuffix(".json") {
      _ = try Tokenizer.load(path: path)
      return
    }
    guard case .gguf(let file) = try checkFile(path) else { return }
    try checkModel(in: file)
  }

  private var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private func checkFolder(_ folder: String) throws {
    _ = try DecoderModel.open(folder)
    if FileManager.default.fileExists(atPath: folder + "/tokenizer.json") {
      try checkTemplate(Tokenizer.load(directory: folder))
    }
  }

  /// A file may hold a whole model, a vocabulary alone, or just tensors.
  private func checkModel(in file: GGUFFile) throws {
    if file.metadata["tokenizer.ggml.model"] != nil {
      try checkTemplate(Tokenizer.load(gguf: file))
    }
    let architecture = file.metadata["general.architecture"]?.string
    if let architecture, file.metadata["\(architecture).block_count"] != nil, !file.entries.isEmpty
    {
      _ = try DecoderModel.open(path)
    }
  }

  private func checkTemplate(_ tokenizer: Tokenizer) throws {
    if let source = tokenizer.chatTemplateSource {
      _ = try ChatTemplate(source: source, name: "\(path): chat template")
    }
  }
}
