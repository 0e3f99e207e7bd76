extension YAMLNode {
  /// Keys of a merge config whose texts name models.
  private static let modelKeys: Set = [
    "model", "base_model", "path", "lora", "source", "tokenizer_source",
  ]

  /// The config with full paths for models that are found beside it and not from the working
  /// folder.
  func withModelsFound(from folder: String) -> YAMLNode {
    var copy = self
    switch content {
    case .scalar: break
    case .sequence(let nodes):
      copy.content = .sequence(nodes.map { $0.withModelsFound(from: folder) })
    case .mapping(let entries):
      copy.content = .mapping(
        entries.map { entry in
          var entry = entry
          if Self.modelKeys.contains(entry.key), let text = entry.value.string {
            entry.value.content = .scalar(
              YAMLScalar(found(text, from: folder), isPlain: false))
          } else if entry.key != "parameters" {
            entry.value = entry.value.withModelsFound(from: folder)
          }
          return entry
        })
    }
    return copy
  }

  /// `path` or `path+adapter`, each part on its own.
  private func found(_ text: String, from folder: String) -> String {
    if let whole = full(text, from: folder) { return whole }
    return text.split(separator: "+", omittingEmptySubsequences: false)
      .map { full(String($0), from: folder) ?? String($0) }.joined(separator: "+")
  }

  private func full(_ path: String, from folder: String) -> String? {
    guard !path.isEmpty, !path.hasPrefix("/"), !isDirectory(path) else { return nil }
    let beside = "\(folder)/\(path)"
    return isDirectory(beside) ? realPath(beside) : nil
  }
}
