import Foundation
import PluginAPI

/// A model as a recipe writes it: a reference, or a mapping with options.
struct ModelSpecification {
  var reference: ModelReference
  /// File of rows shown before every prompt.
  var fewShot: String?

  /// Keys every model has; the others belong to its adapter.
  struct Common: PluginOptions {
    @Setting("Directory, .gguf file, cache name or endpoint.") var model: String?
    @Setting("Name in tables and logs.") var name: String?
    @Setting("Adapter that opens it; none asks them all.") var adapter: String?
    @Setting("Rows shown before every prompt (JSON Lines).") var fewShot: PluginAPI.FilePath?
  }

  static let commonKeys: Set = ["model", "name", "adapter", "few_shot"]
  /// Stands in where the recipe has a fault that is reported elsewhere.
  static let missing = ModelSpecification(
    reference: ModelReference(location: "", name: "target"), fewShot: nil)

  init(reference: ModelReference, fewShot: String?) {
    self.reference = reference
    self.fewShot = fewShot
  }

  init(_ node: YAMLNode, into problems: inout [Problem], _ context: OptionContext) {
    var common = Common()
    if let text = node.string {
      common.model = text
    } else if node.mapping != nil {
      common = OptionReader.read(
        Common.self, from: node.keeping(Self.commonKeys), into: &problems, context)
      if common.model == nil, common.adapter == nil {
        problems.append(
          Problem(
            .badConfiguration, at: node.place, "this model has neither 'model' nor 'adapter'",
            hint: "add 'model: PATH'"))
      }
    } else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "found \(node.found)",
          expected: "a model: a path, a name, or a mapping with 'model'"))
    }
    let location = common.model.map { modelLocation($0, context) } ?? ""
    // Of what was written: a name in the cache stands for a folder with a hash for a name.
    let lastPart = common.model?.split(separator: "/").last.map(String.init)
    reference = ModelReference(
      location: location, name: common.name ?? lastPart ?? common.adapter ?? "model",
      adapter: common.adapter, place: node.place, options: node.mapping == nil ? nil : node,
      folder: context.folder)
    fewShot = common.fewShot?.path
  }
}

/// A reward as a recipe writes it.
struct RewardSpecification {
  var plugin: String
  var weight: Double
  /// A library to look in, besides the search folders.
  var library: PluginFile?
  var node: YAMLNode

  static let commonKeys: Set = ["plugin", "weight", "path", "sha256"]

  struct Common: PluginOptions {
    @Setting("Name of the reward.") var plugin: String?
    @Setting("Share in the weighted sum.", in: -1e6...1e6) var weight = 1.0
    @Shared var library = LibraryOptions()
  }

  init(_ node: YAMLNode, into problems: inout [Problem], _ context: OptionContext) {
    self.node = node
    var common = Common()
    if let name = node.string {
      common.plugin = name
    } else {
      common = OptionReader.read(
        Common.self, from: node.keeping(Self.commonKeys), into: &problems, context)
    }
    if (common.plugin ?? "").isEmpty {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "this reward has no 'plugin'",
          expected: "{plugin: NAME, weight: 1.0}"))
    }
    plugin = common.plugin ?? ""
    weight = common.weight
    library = common.library.file(in: node, into: &problems)
  }
}

/// `fusion:` of a recipe.
struct StrategySpecification {
  var name: String
  var library: PluginFile?
  var node: YAMLNode

  static let commonKeys: Set = ["strategy", "path", "sha256"]
  /// Stands in where the recipe has a fault that is reported elsewhere.
  static let missing = StrategySpecification(
    name: "", library: nil,
    node: YAMLNode(.mapping([]), at: TextMark(source: "", line: 1, column: 1)))

  struct Common: PluginOptions {
    @Setting("Name of the strategy.") var strategy: String?
    @Shared var library = LibraryOptions()
  }

  init(name: String, library: PluginFile?, node: YAMLNode) {
    self.name = name
    self.library = library
    self.node = node
  }

  init(_ node: YAMLNode, into problems: inout [Problem], _ context: OptionContext) {
    let common = OptionReader.read(
      Common.self, from: node.keeping(Self.commonKeys), into: &problems, context)
    if (common.strategy ?? "").isEmpty {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "'fusion' has no 'strategy'",
          expected: "strategy: wrpo, or another one of 'crucible plugin list'"))
    }
    name = common.strategy ?? ""
    library = common.library.file(in: node, into: &problems)
    self.node = node
  }
}

extension YAMLNode {
  /// A mapping with only these keys; anything else as it is, for the reader to refuse.
  func keeping(_ keys: Set<String>) -> YAMLNode {
    guard let entries = mapping else { return self }
    return YAMLNode(.mapping(entries.filter { keys.contains($0.key) }), at: mark)
  }
}

extension YAMLNode {
  /// A mapping without these keys.
  func dropping(_ keys: Set<String>) -> YAMLNode {
    guard let entries = mapping else { return self }
    return YAMLNode(.mapping(entries.filter { !keys.contains($0.key) }), at: mark)
  }
}

extension [Problem] {
  /// By file, then line, then column; problems without a place last. Stable.
  func sortedByPlace() -> [Problem] {
    enumerated().sorted { a, b in
      let (left, right) = (a.element.position, b.element.position)
      return left == right ? a.offset < b.offset : left < right
    }.map(\.element)
  }
}

extension Problem {
  fileprivate var position: (String, Int, Int) {
    guard let place else { return ("\u{10FFFF}", 0, 0) }
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let line = Int(parts[parts.count - 2]),
      let column = Int(parts[parts.count - 1])
    else { return (place, 0, 0) }
    return (parts.dropLast(2).joined(separator: ":"), line, column)
  }
}
