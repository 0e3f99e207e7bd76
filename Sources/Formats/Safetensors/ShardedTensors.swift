internal import Glibc
public import Kernels

/// The weights of a Hugging Face directory: one safetensors file, or shards with an index.
public final class ShardedTensors: Sendable {
  public let directory: String
  /// Names of all tensors: of one file in the order of its bytes, of shards as in the index.
  public let names: [String]
  /// The files that hold them, in the order in which the index first names them.
  public let files: [SafetensorsFile]
  private let fileOf: [String: Int]

  /// Opens `STEM.safetensors`, else the shards of `STEM.safetensors.index.json`.
  ///
  /// - Throws: `Problem`: 66 when there are no weights or shards are missing (all are listed), 65
  ///   for pickles, damaged files and an index that does not fit its shards.
  public init(directory: String, stem: String = "model") throws(Problem) {
    self.directory = directory
    let single = "\(directory)/\(stem).safetensors"
    let indexPath = single + ".index.json"
    if fileExists(single) {
      let file = try SafetensorsFile(path: single)
      files = [file]
      names = file.names
      fileOf = Dictionary(uniqueKeysWithValues: file.names.map { ($0, 0) })
    } else if fileExists(indexPath) {
      let index = try ShardIndex(path: indexPath, directory: directory)
      files = try index.open()
      names = index.names
      fileOf = index.fileOf
    } else {
      throw missingWeights(directory, stem: stem)
    }
  }

  /// What the files say of `name`, nil when there is no such tensor.
  public func entry(_ name: String) -> SafetensorsEntry? {
    fileOf[name].flatMap { files[$0].entry(name) }
  }

  /// The tensor of that name, as `SafetensorsFile.tensor` gives it.
  public func tensor(_ name: String) throws(Problem) -> Tensor {
    guard let file = fileOf[name] else {
      throw Problem(.badData, at: directory, "has no tensor \(quoted(name))")
    }
    return try files[file].tensor(name)
  }
}

/// Why `directory` has no weights that can be opened.
private func missingWeights(_ directory: String, stem: String) -> Problem {
  let names = directoryNames(directory)
  let pickles = names.filter { name in
    [".bin", ".pt", ".pth", ".ckpt"].contains { name.hasSuffix($0) }
      && name != "training_args.bin"
  }
  if let pickle = pickles.first {
    return Problem(
      .badData, at: "\(directory)/\(pickle)",
      "is a PyTorch pickle, which can run any code when it is opened; pickles are refused",
      hint: pickleRecipe)
  }
  let ggufs = names.filter { $0.hasSuffix(".gguf") }
  return Problem(
    .missingInput, at: directory, "has no \(stem).safetensors and no index of shards",
    hint: ggufs.first.map { "name the file itself: \(directory)/\($0)" }
      ?? "is this the folder of a model?")
}

/// `model.safetensors.index.json`, checked against its folder and its shards.
private struct ShardIndex {
  let path: String
  let names: [String]
  let shards: [String]
  let fileOf: [String: Int]
  private let directory: String

  init(path: String, directory: String) throws(Problem) {
    self.path = path
    self.directory = directory
    let json = try JSON.parse(file: path, limits: .strict)
    guard let weightMap = json["weight_map"]?.object else {
      throw Problem(
        .badData, at: path, "weight_map is \(json["weight_map"]?.kindName ?? "missing")",
        expected: "an object from tensor names to file names")
    }
    var shards: [String] = []
    var numbers: [String: Int] = [:]
    var fileOf: [String: Int] = [:]
    for (tensor, value) in weightMap.entries {
      guard let shard = value.string else {
        throw Problem(
          .badData, at: path, "weight_map maps \(quoted(tensor)) to \(value.kindName)",
          expected: "a file name")
      }
      if numbers[shard] == nil {
        try Self.checkName(shard, path: path)
        numbers[shard] = shards.count
        shards.append(shard)
      }
      fileOf[tensor] = numbers[shard]
    }
    names = weightMap.keys
    self.shards = shards
    self.fileOf = fileOf
  }

  /// A shard must lie beside its index.
  private static func checkName(_ shard: String, path: String) throws(Problem) {
    guard !shard.isEmpty, !shard.contains("/"), !shard.utf8.contains(0), shard != "..",
      shard != "."
    else {
      throw Problem(
        .badData, at: path, "names the shard \(quoted(shard))",
        expected: "a file in the same folder")
    }
  }

  func open() throws(Problem) -> [SafetensorsFile] {
    let missing = shards.filter { !fileExists("\(directory)/\($0)") }
    guard missing.isEmpty else {
      throw Problem(
        .missingInput, at: path,
        "names \(missing.count) files that are missing: "
          + missing.map { quoted($0) }.joined(separator: ", "),
        hint: "fetch them again")
    }
    var files: [SafetensorsFile] = []
    for shard in shards {
      try checkLink(shard)
      files.append(try SafetensorsFile(path: "\(directory)/\(shard)"))
    }
    try checkContents(files)
    return files
  }

  /// A link may lead to another place of the folder, or of the cache entry it belongs to.
  private func checkLink(_ shard: String) throws(Problem) {
    guard let real = realPath("\(directory)/\(shard)"), let home = realPath(directory) else {
      throw readProblem("resolve the shard", "\(directory)/\(shard)")
    }
    let parts = home.split(separator: "/", omittingEmptySubsequences: false)
    let snapshots = parts.lastIndex(of: "snapshots")
    let root = snapshots.map { parts[..<$0].joined(separator: "/") } ?? home
    guard real.hasPrefix(root + "/") else {
      throw Problem(
        .badData, at: "\(directory)/\(shard)", "is a link that leaves \(quoted(root))",
        hint: "open the folder where the files lie, or copy them here")
    }
  }

  /// Every tensor in the shard that the index names, and in no other.
  private func checkContents(_ files: [SafetensorsFile]) throws(Problem) {
    let lost = names.filter { name in
      fileOf[name].map { files[$0].entry(name) == nil } ?? true
    }
    guard lost.isEmpty else {
      let shown = lost.prefix(10).map { name in
        "\(quoted(name)) in \(quoted(shards[fileOf[name] ?? 0]))"
      }
      throw Problem(
        .badData, at: path,
        "\(lost.count) tensors are not in the file that the index names: "
          + shown.joined(separator: ", "))
    }
    var homes: [String: Int] = [:]
    for (number, file) in files.enumerated() {
      for name in file.names {
        if let first = homes.updateValue(number, forKey: name) {
          throw Problem(
            .badData, at: path,
            "tensor \(quoted(name)) is in two shards, "
              + "\(quoted(shards[first])) and \(quoted(shards[number]))")
        }
      }
    }
  }
}
