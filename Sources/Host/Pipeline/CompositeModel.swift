import Foundation
import PluginAPI

/// A folder that holds no weights but says how other models make one: `crucible_model.yaml`, a
/// mapping as recipes write it in `sources`, with `adapter`. Relative paths in it start from its
/// `folder`, which itself starts from the folder of the file and is that folder by default.
struct CompositeModel {
  static let fileName = "crucible_model.yaml"

  /// Folder of the file.
  let path: String
  let reference: ModelReference
  let context: OptionContext
  private let node: YAMLNode

  /// What `reference` leads to; nil when it is a model of another kind, or names its adapter.
  ///
  /// - Throws: `Problems` with every fault of the file.
  init?(at reference: ModelReference, services: (any OptionServices)?) throws {
    let file = FilePath.join(reference.location, Self.fileName)
    guard reference.adapter == nil, LocalFiles.exists(file) else { return nil }
    node = try YAML.parse(file: file)
    path = reference.location
    let own = OptionContext(folder: path)
    context = OptionContext(
      folder: node["folder"]?.string.map(own.resolve) ?? path, services: services)
    var problems: [Problem] = []
    var inner = ModelSpecification(node.dropping(["folder"]), into: &problems, context).reference
    if inner.adapter == nil, problems.isEmpty {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "the model has no 'adapter'",
          expected: "the name of one that makes a model of others, as in {adapter: select, …}"))
    }
    if !problems.isEmpty { throw Problems(problems) }
    inner.name = reference.name
    self.reference = inner
  }

  /// A model to be written.
  /// - Parameter folder: Where relative paths in `options` start from.
  init(path: String, name: String, adapter: String, options: JSONObject, folder: String) {
    var mapping = JSONObject()
    mapping["adapter"] = .string(adapter)
    mapping["folder"] = .string(folder)
    for (key, value) in options.entries where mapping[key] == nil { mapping[key] = value }
    let file = FilePath.join(path, Self.fileName)
    node = YAMLNode(.object(mapping), at: TextMark(source: file, line: 1, column: 1))
    self.path = path
    context = OptionContext(folder: folder)
    reference = ModelReference(
      location: "", name: name, adapter: adapter, place: file, options: node.dropping(["folder"]),
      folder: folder)
  }

  /// Writes the file into `folder`, whole or not at all.
  func write(to folder: String, _ files: any FileLayer) throws {
    try files.writeAtomically(node.serialized(), to: FilePath.join(folder, Self.fileName))
  }
}

extension PluginFactory {
  /// Checks the options of a composite model that is not written yet.
  func check(_ composite: CompositeModel, into problems: inout [Problem]) {
    let context = OptionContext(folder: composite.context.folder, services: context.services)
    PluginFactory(registry: registry, context: context).check(composite.reference, into: &problems)
  }
}

/// `path` from the root, links kept.
func absolutePath(_ path: String) -> String { URL(fileURLWithPath: path).path }
