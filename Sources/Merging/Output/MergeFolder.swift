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
  private static let saveBytes = 1 << 27

  /// - Parameters:
  ///   - target: Absent or empty.
  ///   - fingerprint: See `MergeJournal`.
  /// - Throws: `Problem` (73) for a target with files, another merge that writes there, or too
  ///   little room on the disk.
  init(
    for target: String, plan: MergePlan, fingerprint: String, shardBytes: Int, resuming: Bool
  ) throws {
    self.target = target
    self.plan = plan
    let path = Self.stagingPath(of: target)
    self.path = path
    shards = ShardWriter.shards(plan.tensors.map(\.description), shardBytes: shardBytes)
    try Self.checkStaging(path)
    try makeDirectories(path)
    journal = try MergeJournal(folder: path, fingerprint: fingerprint, resuming: resuming)
    let isNew = journal.finished.isEmpty
    do {
      if isNew {
        Self.clear(path)
        try Self.checkRoom(plan.outputBytes, at: path)
      }
      files = try shards.map { shard in
        try PlacedTensorFile(
          path: "\(path)/\(shard.name)", tensors: shard.tensors, reopening: !isNew)
      }
    } catch {
      if isNew { removeFolder(path) }
      throw error
    }
  }

  /// The path under which the output will appear: without a slash at its end, links followed.
  ///
  /// - Throws: `Problem` (73) where no folder can be put.
  static func place(of target: String) throws(Problem) -> String {
    let trimmed = target.trimmingSlashes
    guard fileExists(target) else {
      guard !trimmed.isEmpty else {
        throw Problem(.cannotWrite, at: target, "is no path of a folder")
      }
      return trimmed
    }
    let real = realPath(target) ?? trimmed
    try checkTarget(real)
    return real
  }

  static func stagingPath(of target: String) -> String { "\(target).merging" }

  /// Where the result of a document lies that the last one reads.
  static func stagePath(of target: String, _ fingerprint: String) -> String {
    "\(target).merging-\(fingerprint.prefix(12))"
  }

  /// Removes the results of documents that went into `target`, those of earlier runs too.
  static func removeStages(of target: String) {
    let parent = parentDirectory(of: target)
    let start = (target.split(separator: "/").last.map(String.init) ?? target) + ".merging-"
    for name in directoryNames(parent) where name.hasPrefix(start) {
      let ending = name.dropFirst(start.count)
      let number = ending.hasSuffix(".merging") ? ending.dropLast(8) : ending
      if number.count == 12, number.allSatisfy(\.isHexDigit) { removeFolder("\(parent)/\(name)") }
    }
  }

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
    try syncFolder(path)
    guard rename(path, target) == 0 else {
      throw Problem(
        .cannotWrite, at: target,
        "the folder cannot be put in place: \(String(cString: strerror(errno)))",
        hint: "all of it is in \(path): rename it by hand")
    }
    try syncFolder(parentDirectory(of: target))
  }

  /// Removes all that was made.
  func discard() { removeFolder(path) }

  private static func clear(_ path: String) {
    for name in directoryNames(path) where name != MergeJournal.name { unlink("\(path)/\(name)") }
  }

  /// A folder of that name that no merge left is somebody's.
  private static func checkStaging(_ path: String) throws(Problem) {
    let names = directoryNames(path)
    guard !names.isEmpty, !names.contains(MergeJournal.name) else { return }
    throw Problem(
      .cannotWrite, at: path, "is in the way: the merge would be made there",
      hint: "remove it or choose another name for the output")
  }

  private static func checkTarget(_ target: String) throws(Problem) {
    guard let device = device(of: target) else { return }
    guard device == self.device(of: parentDirectory(of: target)) else {
      throw Problem(
        .cannotWrite, at: target, "is where a disk is mounted, which no folder can replace",
        hint: "name a new folder inside it: \(target)/merged")
    }
    guard isDirectory(target), directoryNames(target).isEmpty else {
      throw Problem(
        .cannotWrite, at: target, "exists already and is not empty",
        expected: "a new or empty folder", hint: "remove it or choose another name")
    }
  }

  private static func device(of path: String) -> UInt? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_dev : nil
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

extension String {
  fileprivate var trimmingSlashes: String {
    var text = self[...]
    while text.count > 1, text.hasSuffix("/") { text = text.dropLast() }
    return String(text)
  }
}
