/// A model of a merge, opened: its config, its tensors mapped, its adapter applied when a tensor
/// is read.
public final class MergeModel: Sendable {
  public let reference: MergeModelReference
  public let directory: String
  public let config: JSON
  let layout: TensorLayout
  private let tensors: Tensors
  private let adapter: AppliedAdapter?
  private let statistics: ModelStatistics
  /// Of every file that is read, when it was opened.
  let stamps: InputStamps

  private enum Tensors {
    case stored(ShardedTensors)
    /// Of a result that is still to be made.
    case planned([String: SafetensorsEntry])
  }

  /// - Parameters:
  ///   - directory: Where the model lies.
  ///   - adapter: Folder of a LoRA adapter that is added to its weights.
  /// - Throws: `Problem` or `Problems` for what is missing, damaged or does not fit.
  init(_ reference: MergeModelReference, directory: String, adapter: String?) throws {
    self.reference = reference
    self.directory = directory
    try Self.checkKind(directory)
    stamps = InputStamps(folders: [directory, adapter].compactMap { $0 })
    config = try JSON.parse(file: "\(directory)/config.json")
    guard config.object != nil else {
      throw Problem(
        .badData, at: "\(directory)/config.json", "holds \(config.kindName)",
        expected: "an object")
    }
    let tensors = try ShardedTensors(directory: directory)
    self.tensors = .stored(tensors)
    layout = TensorLayout(tensors.names)
    self.adapter = try adapter.map { try AppliedAdapter($0, to: tensors) }
    statistics = ModelStatistics(folder: directory)
  }

  /// The result of `plan`, before it is made: what other documents can be planned with.
  init(_ reference: MergeModelReference, resultOf plan: MergePlan) {
    self.reference = reference
    directory = plan.reference.directory
    config = plan.config
    layout = TensorLayout(plan.tensors.map(\.name))
    adapter = nil
    statistics = ModelStatistics(folder: directory)
    stamps = InputStamps(folders: [])
    tensors = .planned(
      Dictionary(
        uniqueKeysWithValues: plan.tensors.map { tensor in
          let bytes = tensor.description.byteCount
          let entry = SafetensorsEntry(
            name: tensor.name, dtypeName: "\(tensor.dtype)", dtype: tensor.dtype,
            shape: tensor.shape, range: 0..<bytes)
          return (tensor.name, entry)
        }))
  }

  /// How the config names it.
  public var name: String { reference.text }

  func entry(_ name: String) -> SafetensorsEntry? {
    switch tensors {
    case .stored(let stored): stored.entry(name)
    case .planned(let entries): entries[name]
    }
  }

  /// The stored tensor, without the adapter.
  func tensor(_ name: String) throws -> Tensor {
    guard case .stored(let stored) = tensors else {
      preconditionFailure("\(self.name) is not made yet")
    }
    return try stored.tensor(name)
  }

  /// The tensor's values, the adapter's part added as they are read.
  func values(_ name: String) throws -> any VectorSource {
    let stored = try tensor(name)
    return try adapter?.applied(to: stored, name) ?? stored
  }

  /// Its weights are there to be read.
  var isStored: Bool { if case .stored = tensors { true } else { false } }

  var hasAdapter: Bool { adapter != nil }

  /// Only folders in the layout of transformers can be merged.
  private static func checkKind(_ path: String) throws {
    let hint = "convert it first: crucible model convert FILE.gguf FOLDER"
    if !isDirectory(path) {
      throw Problem(
        .badData, at: path, "is a file", expected: "the folder of a model",
        hint: path.hasSuffix(".gguf") ? hint : nil)
    }
    let names = directoryNames(path)
    if !names.contains(where: { $0.hasSuffix(".safetensors") }),
      let file = names.first(where: { $0.hasSuffix(".gguf") })
    {
      throw Problem(
        .badData, at: "\(path)/\(file)", "is the only file with weights",
        expected: "safetensors files", hint: hint)
    }
  }

  /// What `crucible model statistics` measured of tensor `name`; nil when there are none.
  func statistic(_ kind: String, of name: String) throws -> Tensor? {
    try statistics.tensor(kind, of: name)
  }

  /// Its token embedding, nil when it has none.
  var embeddingName: String? { layout.outside.first { TensorPlace(name: $0).role == .embedding } }

  /// The head that it stores, nil when it has none of its own.
  var headName: String? {
    layout.outside.first { TensorPlace(name: $0).role == .head && $0.hasSuffix(".weight") }
  }

  /// Entry `key` of the config, or of the part of it that describes the text model.
  func configValue(_ key: String) -> JSON? { config[key] ?? config["text_config"]?[key] }
}

/// Finds and opens models once, whatever documents name them.
final class MergeModelStore {
  /// Results of named documents: name to folder.
  var results: [String: String] = [:]
  /// Those that are planned and not made.
  private var planned: [String: MergePlan] = [:]
  private let configFolder: String
  private var opened: [MergeModelReference: MergeModel] = [:]

  init(configFolder: String) { self.configFolder = configFolder }

  func open(_ reference: MergeModelReference) throws -> MergeModel {
    if let model = opened[reference] { return model }
    if let plan = planned[reference.model.path] {
      let model = MergeModel(reference, resultOf: plan)
      opened[reference] = model
      return model
    }
    let directory = try results[reference.model.path] ?? locate(reference.model)
    let model = try MergeModel(
      reference, directory: directory, adapter: try reference.adapter.map { try locate($0) })
    opened[reference] = model
    return model
  }

  /// Lets documents that follow name the result of `plan`.
  func add(_ plan: MergePlan) {
    if let name = plan.document.name { planned[name] = plan }
  }

  /// A path seen from the working folder, then from the config's, then the Hugging Face cache.
  private func locate(_ part: MergeModelReference.Part) throws -> String {
    if part.revision == nil {
      let beside = part.path.hasPrefix("/") ? part.path : "\(configFolder)/\(part.path)"
      for candidate in [part.path, beside] where isDirectory(candidate) { return candidate }
    }
    return try locateModel(part.text)
  }
}
