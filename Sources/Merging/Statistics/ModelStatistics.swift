internal import Formats
internal import Synchronization

/// The statistics that lie beside the weights of a model, opened when they are asked for.
///
/// Statistics of kind `fisher` are the file `crucible-fisher.safetensors` of the model's folder;
/// its tensors have the names of the checkpoint's. What says more about a tensor is stored as
/// `NAME#ASPECT`, what says more about the model as `#ASPECT`.
public final class ModelStatistics: Sendable {
  public let folder: String
  private let files = Mutex<[String: SafetensorsFile?]>([:])

  /// - Parameter folder: The model's.
  public init(folder: String) { self.folder = folder }

  /// The statistic `kind` of the tensor `name`, nil when there is none: what a merge method's
  /// `MergeSource.statistic` answers.
  ///
  /// - Parameter kind: `fisher`, or `fisher.norm` for an aspect: that of the tensor, else that of
  ///   the model.
  /// - Throws: `Problem` for a file that cannot be read. [any thread, concurrently]
  public func tensor(_ kind: String, of name: String) throws -> Tensor? {
    let parts = kind.split(separator: ".", maxSplits: 1).map(String.init)
    guard let stem = parts.first, let file = try file(stem) else { return nil }
    let keys = parts.count == 1 ? [name] : ["\(name)#\(parts[1])", "#\(parts[1])"]
    guard let key = keys.first(where: { file.entry($0) != nil }) else { return nil }
    return try file.tensor(key)
  }

  static func path(of kind: String, in folder: String) -> String {
    "\(folder)/crucible-\(kind).safetensors"
  }

  private func file(_ kind: String) throws -> SafetensorsFile? {
    try files.withLock { files in
      if let known = files[kind] { return known }
      let path = Self.path(of: kind, in: folder)
      let file = fileExists(path) ? try SafetensorsFile(path: path) : nil
      files[kind] = .some(file)
      return file
    }
  }
}
