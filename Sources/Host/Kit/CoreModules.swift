import Foundation
import PluginAPI

/// Where this program lies with what belongs to it: in a build folder, or below the prefix that
/// `crucible install` made.
///
///     build folder                installed, PREFIX/lib/crucible
///     crucible                    crucible
///     libCrucibleCore.so          libCrucibleCore.so
///     lib*.so                     plugins/lib*.so
///     Modules/*.swiftmodule       modules/*.swiftmodule
///     ../../../Examples           ../../share/crucible/examples
struct ProgramTree: Sendable {
  /// Folder of the executable, absolute.
  let folder: String

  static let own = ProgramTree(folder: executableFolder)

  var core: String { "\(folder)/libCrucibleCore.so" }

  /// Where the compiler finds the core's modules; nil where there are none.
  var modules: String? {
    ["\(folder)/modules", "\(folder)/Modules"].first { fileExists("\($0)/PluginAPI.swiftmodule") }
  }

  /// Plugins that came with the program.
  var plugins: String {
    LocalFiles.isDirectory("\(folder)/plugins") ? "\(folder)/plugins" : folder
  }

  /// The example recipes with their models and data; nil where there are none.
  var examples: String? {
    ["../../share/crucible/examples", "../../../Examples", "../../Examples"]
      .map { ("\(folder)/\($0)" as NSString).standardizingPath }
      .first { fileExists("\($0)/quickstart/data/train.jsonl") }
  }
}

/// The modules that make up the core, as the compiler sees them.
enum CoreModules {
  /// The core's rooms, in the order of their dependencies.
  static let names = [
    "Kernels", "Formats", "Foreign", "Processes", "SyntaxTrees", "Tokenizers", "Modeling",
    "PluginAPI", "Merging",
  ]

  /// C modules inside the core. None of their types is in a public signature, yet the compiler wants
  /// to see a module of that name when it loads the core's: an empty one will do, so that a plugin
  /// needs no headers.
  static let hidden = ["CKernels", "CProcess", "CYAML", "CPCRE2", "CFFI"]

  /// A module map of the hidden modules.
  static func map(also names: [String] = []) -> String {
    (hidden + names).map { "module \($0) {}\n" }.joined()
  }
}
