internal import Glibc
internal import Synchronization

/// The folder that a merge fills: beside its target until all is there, then renamed. What an
/// interrupted merge left can be gone on with.
final class MergeFolder {
  let path: String
  private let target: String
  private let plan: MergePlan
  private let shards: [(name: String, tensors: [TensorDescription])]
  private let files: [PlacedTensorFile]
  private let journal: MergeJournal
  private var unsaved: [String] = []
  private var unsavedBytes = 0

  /// Finished tensors are made durable in pieces of about so many bytes.
  private static let saveBytes = 1 << 30

  /// - Parameters:
  ///   - target: Absent or empty.
  ///   - fingerprint: See `MergeJournal`.
  /// - Throws: `Problem` (73) for a target with files, another merge that writes there, or too
  ///   little room on the disk.
  init(
    for target: String, plan: MergePlan, fingerprint: String, shardBytes: Int, resuming: Bool
  ) throws {
    self.target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    self.plan = plan
    path = Self.stagingPath(of: self.target)
    try Self.checkTarget(self.target)
    shards = ShardWriter.shards(plan.tensors.map(\.description), shardBytes: shardBytes)
    try makeDirectories(path)
    journal = try MergeJournal(folder: path, fingerprint: fingerprint, resuming: resuming)
    let isNew = journal.finished.isEmpty
    if isNew {
      Self.clear(path)
      try Self.checkRoom(plan.outputBytes, at: path)
    }
    let folder = path
    files = try shards.map { shard in
      try PlacedTensorFile(
        path: "\(folder)/\(shard.name)", tensors: shard.tensors, reopening: !isNew)
    }
  }

  static func stagingPath(of target: String) -> String { "\(target).merging" }

  /// Tensors that an earlier run finished.
  var finished: Set<String> { Set(journal.finished) }

  var destination: any MergeDestination { PlacedDestination(files: files) }

  /// Notes finished tensors; every now and then makes them durable.
  func note(_ tensors: [PlannedTensor]) throws {
    unsaved += tensors.map(\.name)
    unsavedBytes += tensors.reduce(0) { $0 + $1.description.byteCount }
    if unsavedBytes >= Self.saveBytes { try save() }
  }

  /// Makes what is noted durable, so that a later run need not do it again.
  func save() throws {
    guard !unsaved.isEmpty else { return }
    for file in files { try file.sync() }
    try journal.append(unsaved)
    (unsaved, unsavedBytes) = ([], 0)
  }

  /// Writes the files beside the weights and gives the folder its name.
  func commit(_ files: [TokenizerFile]) throws {
    for file in self.files { try file.sync() }
    if shards.count > 1 {
      var weightMap = JSONObject()
      for shard in shards {
        for tensor in shard.tensors { weightMap[tensor.name] = .string(shard.name) }
      }
      try ShardWriter.writeIndex(
        weightMap, of: plan.tensors.map(\.description), to: path)
    }
    for file in files { try file.write(to: path) }
    unlink("\(path)/\(MergeJournal.name)")
    guard rename(path, target) == 0 else {
      throw Problem(
        .cannotWrite, at: target,
        "the folder cannot be put in place: \(String(cString: strerror(errno)))",
        hint: "all of it is in \(path): rename it by hand")
    }
    try syncFolder(parentDirectory(of: target))
  }

  /// Removes all that is left of a merge to `target`.
  static func discard(_ target: String) {
    let path = stagingPath(of: target)
    clear(path)
    unlink("\(path)/\(MergeJournal.name)")
    rmdir(path)
  }

  private static func clear(_ path: String) {
    for name in directoryNames(path) where name != MergeJournal.name { unlink("\(path)/\(name)") }
  }

  private static func checkTarget(_ target: String) throws {
    guard fileExists(target) else { return }
    guard isDirectory(target), directoryNames(target).isEmpty else {
      throw Problem(
        .cannotWrite, at: target, "exists already and is not empty",
        expected: "a new or empty folder", hint: "remove it or choose another name")
    }
  }

  private static func checkRoom(_ bytes: Int, at path: String) throws {
    guard let free = freeBytes(at: path), free < bytes else { return }
    throw Problem(
      .cannotWrite, at: path, "the merge writes \(bytes) bytes, the disk has \(free) left",
      hint: "free some space, or choose a smaller out_dtype")
  }
}

/// Puts every tensor in its place of its shard.
private struct PlacedDestination: MergeDestination {
  private let files: [String: PlacedTensorFile]

  init(files: [PlacedTensorFile]) {
    var byTensor: [String: PlacedTensorFile] = [:]
    for file in files { for tensor in file.descriptions { byTensor[tensor.name] = file } }
    self.files = byTensor
  }

  func output(for tensor: PlannedTensor) -> any MergeOutput {
    PlacedOutput(file: file(tensor), tensor: tensor.description)
  }

  func write(_ values: Tensor, for tensor: PlannedTensor) throws {
    try file(tensor).write(values, of: tensor.description)
  }

  private func file(_ tensor: PlannedTensor) -> PlacedTensorFile {
    guard let file = files[tensor.name] else {
      preconditionFailure("no shard has \(tensor.name)")
    }
    return file
  }
}

private struct PlacedOutput: MergeOutput {
  let file: PlacedTensorFile
  let tensor: TensorDescription

  func write(_ values: Vector, from start: Int, scratch arena: VectorArena) throws {
    try file.write(values, of: tensor, from: start, scratch: arena)
  }
}
