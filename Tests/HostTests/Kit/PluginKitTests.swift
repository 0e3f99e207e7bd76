import Foundation
import PluginAPI
import Processes
import TestSupport
import Testing

@testable import Host

/// The built program, as a plugin author uses it in a folder.
private struct Author {
  let folder: String

  init() throws { folder = try temporaryFolder() }

  func crucible(_ arguments: String..., deadline: Double = 300) throws -> ProcessResult {
    var environment = ProcessInfo.processInfo.environment
    environment["XDG_DATA_HOME"] = "\(folder)/data"
    environment["XDG_CACHE_HOME"] = "\(folder)/cache"
    environment["CRUCIBLE_PLUGIN_PATH"] = nil
    environment["NO_COLOR"] = "1"
    return try ProcessCommand(
      ["\(productsFolder)/crucible"] + arguments, folder: folder, environment: environment
    ).run(deadlineSeconds: deadline)
  }

  func write(_ text: String, to path: String) throws {
    try LocalFiles().writeAtomically(text, to: "\(folder)/\(path)")
  }

  func read(_ path: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
  }

  static let hasSwiftc = (try? SwiftCompiler()) != nil
}

@Suite(.serialized, .enabled(if: Author.hasSwiftc, "needs swiftc, to build plugins"))
struct PluginKitTests {
  @Test(arguments: PluginTemplate.Kind.allCases)
  func everyTemplatePassesItsTests(kind: PluginTemplate.Kind) throws {
    let author = try Author()
    let new = try author.crucible("plugin", "new", kind.rawValue, "my-own")
    #expect(new.succeeded, "\(new.error)")
    let test = try author.crucible("plugin", "test", "my-own")
    #expect(test.succeeded, "\(test.outputText)\(test.error)")
    #expect(test.outputText.contains("tests passed"))
  }

  @Test func threeCommandsGiveAScore() throws {
    let author = try Author()
    _ = try author.crucible("plugin", "new", "reward", "brevity")
    let build = try author.crucible("plugin", "build", "brevity")
    #expect(build.succeeded, "\(build.error)")
    let library = "\(author.folder)/data/crucible/plugins/libBrevity.so"
    #expect(build.outputText.contains("built \(library)"))
    #expect(build.outputText.contains("reward brevity: Charges for words past a target."))
    let score = try author.crucible(
      "score", "brevity", "--in", "brevity/responses.jsonl", "--out", "scored.jsonl")
    #expect(score.succeeded, "\(score.error)")
    #expect(try author.read("scored.jsonl").contains(#""score":-1.75}"#))

    let needed = try ELFFile(path: library).needed
    #expect(needed.contains("libCrucibleCore.so"), "the core is shared, not copied")

    // A rebuilt library takes the place of the old one; one that does not compile leaves it.
    let source = try author.read("brevity/Sources/Brevity.swift")
    try author.write(
      source.replacing("words past a target.\"", with: "every word.\""),
      to: "brevity/Sources/Brevity.swift")
    let again = try author.crucible("plugin", "build", "brevity")
    #expect(again.outputText.contains("reward brevity: Charges for every word."))
    let before = try Data(contentsOf: URL(fileURLWithPath: library))
    try author.write(
      source.replacing("import PluginAPI\n", with: ""), to: "brevity/Sources/Brevity.swift")
    let broken = try author.crucible("plugin", "build", "brevity")
    #expect(broken.exit == .code(78))
    #expect(broken.error.contains("brevity/Sources/Brevity.swift:"), "the compiler's own place")
    #expect(broken.error.contains("no file says 'import PluginAPI'"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: library)) == before)
    #expect(LocalFiles.names(in: "\(author.folder)/data/crucible/plugins") == ["libBrevity.so"])
  }

  @Test func failingTestsAreCountedWithTheirPlaces() throws {
    let author = try Author()
    _ = try author.crucible("plugin", "new", "reward", "brevity")
    try author.write(
      """
      {"prompt": "a", "response": "b", "score": 5}
      {"prompt": "a", "response": "b", "score": 0}
      {"prompt": "a", "response": "b", "score": 0, "options": {"targt": 3}}
      """, to: "brevity/tests.jsonl")
    let test = try author.crucible("plugin", "test", "brevity")
    #expect(test.exit == .code(1))
    #expect(test.outputText.contains("brevity/tests.jsonl:1: score 0.0000, expected 5"))
    #expect(test.outputText.contains("did you mean 'target'?"))
    #expect(test.outputText.contains("2 of 3 tests failed"))
  }

  @Test func aLibraryThatTrapsIsNotInstalled() throws {
    let author = try Author()
    _ = try author.crucible("plugin", "new", "reward", "brevity")
    let source = try author.read("brevity/Sources/Brevity.swift")
    try author.write(
      source.replacing(
        "  manifest(", with: "  precondition(Int(\"1\") == nil)\n  return manifest("),
      to: "brevity/Sources/Brevity.swift")
    let build = try author.crucible("plugin", "build", "brevity")
    #expect(build.exit == .code(78))
    #expect(LocalFiles.names(in: "\(author.folder)/data/crucible/plugins") == [])
  }

  @Test func aNameThatIsTakenIsRefused() throws {
    let author = try Author()
    let new = try author.crucible("plugin", "new", "reward", "length")
    #expect(new.exit == .code(73))
    #expect(new.error.contains("did you mean 'my-length'?"))
    let kind = try author.crucible("plugin", "new", "rewards", "brevity")
    #expect(kind.exit == .code(64))
    #expect(kind.error.contains("did you mean 'reward'?"))
  }
}
