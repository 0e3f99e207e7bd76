import Foundation
import PluginAPI
import Processes

/// The Swift compiler of the user's toolchain, which must be the one that built the core: Swift has
/// no stable ABI on Linux.
struct SwiftCompiler: Sendable {
  let path: String

  private static let deadlineSeconds = 600.0

  /// - Parameter path: The compiler; nil looks for `swiftc` in PATH.
  /// - Throws: `Problem` (69) when there is none, (78) when it is another version than the core's.
  init(_ path: String? = nil) throws(Problem) {
    self.path = path ?? "swiftc"
    let answer: ProcessResult
    do {
      answer = try ProcessCommand([self.path, "--version"]).run(deadlineSeconds: 60)
    } catch {
      throw Problem(
        .unavailable, at: path, "the Swift compiler is needed to build a plugin: \(error.what)",
        hint:
          "\(Self.install), and have its bin folder in PATH or name it with --swiftc. Rewards in "
          + "any other language need none: see the plugins process and cfunction")
    }
    guard answer.succeeded else {
      let end = answer.timedOut ? "did not come back within 60 s" : "ended with \(answer.exit)"
      throw Problem(.unavailable, at: self.path, "'--version' \(end)", hint: Self.install)
    }
    try check(Self.version(in: answer.outputText + answer.error))
  }

  /// `6.3.1` of what `swiftc --version` says.
  static func version(in text: String) -> [Int]? {
    guard let match = text.firstMatch(of: #/Swift version (\d+(?:\.\d+)*)/#) else { return nil }
    return match.1.split(separator: ".").map { Int($0) ?? 0 }
  }

  /// What `toolchainStamp()` is when this version compiles it.
  static func stamp(of version: [Int]) -> String {
    func isAtLeast(_ wanted: [Int]) -> Bool { !version.lexicographicallyPrecedes(wanted) }
    if isAtLeast([6, 5]) { return "swift-6.5 or later" }
    if isAtLeast([6, 4]) { return "swift-6.4" }
    if isAtLeast([6, 3, 2]) { return "swift-6.3.2 or later" }
    if isAtLeast([6, 3, 1]) { return "swift-6.3.1" }
    return isAtLeast([6, 3]) ? "swift-6.3" : "swift-6.2"
  }

  private static var install: String {
    let version = "\(PluginHeader.toolchain)".replacing("swift-", with: "Swift ")
    return "install \(version) from https://swift.org/install"
  }

  private func check(_ version: [Int]?) throws(Problem) {
    guard let version else {
      throw Problem(
        .badConfiguration, at: path, "does not say which version it is", expected: "swiftc",
        hint: Self.install)
    }
    guard Self.stamp(of: version) == "\(PluginHeader.toolchain)" else {
      let text = version.map(String.init).joined(separator: ".")
      throw Problem(
        .badConfiguration, at: path, "is Swift \(text)",
        expected: "\(PluginHeader.toolchain), which built this Crucible",
        hint: "\(Self.install) and name it with --swiftc, or build Crucible with Swift \(text)")
    }
  }

  /// Compiles and links a plugin's library.
  /// - Returns: What the compiler said, and whether it succeeded.
  func compile(
    _ sources: PluginSources, for tree: ProgramTree, to library: String, work: String
  ) throws -> (succeeded: Bool, words: String) {
    let modules = try Self.modules(of: tree)
    let result = try run(sources, tree, modules, library, work)
    // A room of the core may have got another C module inside.
    let missing = result.words.matches(of: #/missing required module '(\w+)'/#).map { "\($0.1)" }
    if result.succeeded || missing.isEmpty { return result }
    return try run(sources, tree, modules, library, work, hidden: missing)
  }

  private static func modules(of tree: ProgramTree) throws(Problem) -> String {
    if let modules = tree.modules { return modules }
    throw Problem(
      .missingInput, at: tree.folder, "there are no modules of the core to build against",
      hint:
        "'swift build -c release' makes them beside the executable, 'crucible install' brings them")
  }

  private func run(
    _ sources: PluginSources, _ tree: ProgramTree, _ modules: String, _ library: String,
    _ work: String, hidden: [String] = []
  ) throws -> (succeeded: Bool, words: String) {
    try LocalFiles().writeAtomically(CoreModules.map(also: hidden), to: "\(work)/module.modulemap")
    let command = ProcessCommand(
      [
        path, "-emit-library", "-O", "-wmo", "-swift-version", "6", "-parse-as-library",
        "-module-name", sources.module, "-I", modules, "-I", work, "-L", tree.folder,
        "-lCrucibleCore", "-Xlinker", "-rpath", "-Xlinker", tree.folder, "-o", library,
      ] + sources.files)
    let result = try command.run(deadlineSeconds: Self.deadlineSeconds)
    if result.timedOut {
      throw Problem(.failed, at: path, "did not come back within \(Self.deadlineSeconds) s")
    }
    return (result.succeeded, result.outputText + result.error)
  }
}
