import Testing

@testable import Host

/// The proof that host and plugins share one core: each needs the one library and carries none of
/// its code.
struct SharedCoreTests {
  static let core = "libCrucibleCore.so"
  /// Mangled prefixes of the core's modules, and the prefix of its C functions.
  static let coreModules = ["Kernels", "Formats", "Tokenizers", "Modeling", "PluginAPI"]

  @Test func hostNeedsTheCoreAndDefinesNothingOfIt() throws {
    try check("\(productsFolder)/crucible")
  }

  @Test func everyPluginNeedsTheCoreAndDefinesNothingOfIt() throws {
    let plugins = try builtPlugins()
    #expect(!plugins.isEmpty)
    for plugin in plugins { try check(plugin) }
  }

  @Test func theCoreDefinesItsSymbols() throws {
    let core = try ELFFile(path: "\(productsFolder)/\(Self.core)")
    let defined = core.symbols.filter { $0.isDefined && Self.belongsToCore($0.name) }
    #expect(defined.count > 1000, "otherwise the checks of the others prove nothing")
  }

  private func check(_ path: String) throws {
    let file = try ELFFile(path: path)
    #expect(file.needed.contains(Self.core), "\(path) does not need the shared core")
    // What a module adds to a core type by an extension carries the module's own name.
    let module = PluginFile(path: path).stem
    let extensionMark = "\(module.count)\(module)E"
    let copies = file.symbols.filter {
      $0.isDefined && Self.belongsToCore($0.name) && !$0.name.contains(extensionMark)
    }
    #expect(copies.isEmpty, "\(path) carries its own \(copies.prefix(3).map(\.name))")
  }

  /// Functions, metadata and protocol descriptors that a core module defines. What a plugin emits
  /// for its own conformances names its own module first.
  static func belongsToCore(_ symbol: String) -> Bool {
    if symbol.hasPrefix("ck_") { return true }
    guard symbol.hasPrefix("$s") else { return false }
    let rest = symbol.dropFirst(2)
    return coreModules.contains { rest.hasPrefix("\($0.count)\($0)") }
      // Witness tables, specialisations and outlined copies are emitted where they are used.
      && !["WL", "Wl", "WO", "Mf", "TR", "Tg", "Mn", "MR", "HP", "Wb"].contains {
        symbol.contains($0)
      }
  }
}
