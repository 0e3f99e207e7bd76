import Foundation
import PluginAPI

/// The files of a new plugin's folder. What is in double braces is filled in.
///
/// Templates are text inside the program, so that it needs no resource files; tests build, load and
/// run every one of them.
struct PluginTemplate {
  /// What `crucible plugin new` takes: `reward`, `adapter`, `strategy`, `merge-method`.
  enum Kind: String, CaseIterable, Sendable {
    case reward, adapter, strategy
    case mergeMethod = "merge-method"

    /// Ends the name of the template's type.
    var suffix: String {
      switch self {
      case .reward: "Reward"
      case .adapter: "Adapter"
      case .strategy: "Strategy"
      case .mergeMethod: "Merge"
      }
    }
  }

  /// Relative path to text.
  let files: [(path: String, text: String)]
  /// Commands to go on with, one a line.
  let nextSteps: [String]
}

extension PluginTemplate {
  /// - Parameters:
  ///   - folder: Where the new folder will lie, absolute: paths of the recipe start there.
  ///   - package: Folder of a core that a `Package.swift` names; nil writes none.
  init(_ kind: Kind, name: PluginName, folder: String, tree: ProgramTree, package: String?) {
    let examples = Self.relative(tree.examples ?? "EXAMPLES", from: folder)
    func filled(_ text: String) -> String {
      text.replacing("{{name}}", with: name.text)
        .replacing("{{snake}}", with: name.snake)
        .replacing("{{Module}}", with: name.module)
        .replacing("{{Type}}", with: Self.type(name, kind))
        .replacing("{{examples}}", with: examples)
        .replacing("{{core}}", with: package ?? "")
        .replacing("{{include}}", with: tree.modules ?? "")
    }
    var files = Self.content(kind)
    if package != nil { files += PackageTemplate.files }
    self.files = files.map { (filled($0.path), filled($0.text)) }
    nextSteps = Self.steps(kind).map(filled)
  }

  private static func content(_ kind: Kind) -> [(path: String, text: String)] {
    switch kind {
    case .reward: RewardTemplate.files
    case .adapter: AdapterTemplate.files
    case .strategy: StrategyTemplate.files
    case .mergeMethod: MergeMethodTemplate.files
    }
  }

  private static func steps(_ kind: Kind) -> [String] {
    switch kind {
    case .reward: RewardTemplate.nextSteps
    case .adapter: AdapterTemplate.nextSteps
    case .strategy: StrategyTemplate.nextSteps
    case .mergeMethod: MergeMethodTemplate.nextSteps
    }
  }

  private static func type(_ name: PluginName, _ kind: Kind) -> String {
    name.module.hasSuffix(kind.suffix) ? name.module : name.module + kind.suffix
  }

  /// `path` as seen from `folder`, where both lie below one folder that is not the root; else as it
  /// is. A checkout or a home can then move with what was made in it.
  static func relative(_ path: String, from folder: String) -> String {
    let (there, here) = (path.split(separator: "/"), folder.split(separator: "/"))
    let shared = zip(there, here).prefix { $0 == $1 }.count
    guard path.hasPrefix("/"), shared > 1 else { return path }
    let up = [String](repeating: "..", count: here.count - shared)
    return (up + there[shared...].map(String.init)).joined(separator: "/")
  }
}
