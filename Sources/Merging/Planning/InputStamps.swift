internal import Glibc

/// Size, time and identity of the files of a model's folders: equal stamps mean that nobody wrote
/// to a file or put another in its place.
struct InputStamps: Sendable, Equatable {
  /// By path.
  let stamps: [String: String]
  private let folders: [String]

  /// What is read of a model, besides files of tensors.
  private static let names: Set = [
    "config.json", "generation_config.json", "adapter_config.json", "tokenizer.json",
    "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model", "chat_template.jinja",
    "vocab.json", "merges.txt", "vocab.txt", "added_tokens.json",
  ]

  init(folders: [String]) {
    self.folders = folders
    var stamps: [String: String] = [:]
    for folder in folders {
      for name in directoryNames(folder) where Self.names.contains(name) || Self.holdsTensors(name)
      {
        let path = "\(folder)/\(name)"
        stamps[path] = Self.stamp(of: path)
      }
    }
    self.stamps = stamps
  }

  private static func holdsTensors(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") || name.hasSuffix(".safetensors.index.json")
  }

  /// Links are followed, as they are when the file is read.
  private static func stamp(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let time = status.st_mtim
    return "\(status.st_dev):\(status.st_ino) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
  }

  /// Throws a `Problem` (74) when one of the files is another one now.
  func checkUnchanged() throws(Problem) {
    let now = InputStamps(folders: folders).stamps
    guard let path = stamps.keys.sorted().first(where: { now[$0] != stamps[$0] }) else { return }
    throw Problem(
      .inputOutput, at: path, "the file was changed while it was merged",
      hint: "another program writes to it; merge again when that is done")
  }
}
