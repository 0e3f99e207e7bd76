import Foundation
import PluginAPI

extension RunPlan {
  /// Every file that the run reads, hashed: what a resumed run must find unchanged.
  func inputs() throws -> [RunManifest.Input] {
    var inputs: [RunManifest.Input] = []
    for (index, model) in ([recipe.target] + recipe.sources).enumerated() {
      let role = index == 0 ? "target" : "sources[\(index - 1)]"
      if !model.reference.location.isEmpty {
        inputs.append(try hashed(model.reference.location, role: role))
      }
      if let file = model.reference.options?["file"]?.string {
        inputs.append(try hashed(recipe.context.resolve(file), role: "\(role).file"))
      }
      if let shots = model.fewShot { inputs.append(try hashed(shots, role: "\(role).few_shot")) }
    }
    let models = Set(inputs.map(\.path))
    for folder in mergedFolders where !models.contains(folder) {
      inputs.append(try hashed(folder, role: "merge: \(folder)"))
    }
    if let file = recipe.data.train { inputs.append(try hashed(file.path, role: "data.train")) }
    if let file = recipe.data.heldout {
      inputs.append(try hashed(file.path, role: "data.heldout"))
    }
    if let file = recipe.evaluate.text {
      inputs.append(try hashed(file.path, role: "evaluate.text"))
    }
    let described =
      [("fusion", recipe.strategy.node)]
      + recipe.rewards.enumerated().map { ("rewards[\($0)]", $1.node) }
      + (recipe.graders ?? []).enumerated().map { ("evaluate.rewards[\($0)]", $1.node) }
    for (role, node) in described {
      inputs += try node.texts.map(recipe.context.resolve)
        .filter { FileManager.default.fileExists(atPath: $0) }
        .map { try hashed($0, role: "\(role): \($0)") }
    }
    return inputs
  }

  /// A file by its bytes, a folder by the names and bytes of its files.
  private func hashed(_ path: String, role: String) throws -> RunManifest.Input {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return RunManifest.Input(role: role, path: path, sha256: "", bytes: 0)
    }
    let files = isFolder.boolValue ? try filesIn(path) : [path]
    let hashes = try files.map { try SHA256.hex(ofFile: $0) }
    let bytes = try files.reduce(Int64(0)) { sum, file in
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int64
      return sum + (size ?? 0)
    }
    let lines = zip(files, hashes).map { "\(($0 as NSString).lastPathComponent) \($1)\n" }
    let hash = isFolder.boolValue ? SHA256.hex(of: lines.joined()) : hashes[0]
    return RunManifest.Input(role: role, path: path, sha256: hash, bytes: bytes)
  }

  private func filesIn(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .map { "\(folder)/\($0)" }
      .filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
          && !isFolder.boolValue
      }
  }
}

extension YAMLNode {
  /// Every text in this tree with a dot or slash in it, which may be the path of a file.
  fileprivate var texts: [String] {
    switch content {
    case .scalar(let scalar):
      scalar.double == nil && scalar.text.contains { $0 == "." || $0 == "/" } ? [scalar.text] : []
    case .sequence(let nodes): nodes.flatMap(\.texts)
    case .mapping(let entries): entries.flatMap(\.value.texts)
    }
  }
}
