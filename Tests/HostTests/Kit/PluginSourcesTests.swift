import Foundation
import PluginAPI
import Testing

@testable import Host

struct PluginSourcesTests {
  private static let entry = "@c(crucible_plugin_Brevity)\npublic func entry() {}\n"

  private func folder(_ files: [String: String]) throws -> String {
    let folder = try temporaryFolder()
    for (path, text) in files {
      let place = "\(folder)/\(path)"
      try LocalFiles().makeDirectories(FilePath.parent(of: place))
      try LocalFiles().writeAtomically(text, to: place)
    }
    return folder
  }

  @Test func takesSourcesOrTheFolderItself() throws {
    let nested = try folder([
      "Sources/A.swift": Self.entry, "Sources/More/B.swift": "", "Package.swift": "",
      "Tests/C.swift": "",
    ])
    let sources = try PluginSources(path: nested + "/")
    #expect(
      sources.files == ["\(nested)/Sources/A.swift", "\(nested)/Sources/More/B.swift"])
    #expect(sources.module == "Brevity")
    #expect(sources.importsNothing)
    let flat = try folder(["A.swift": "import PluginAPI\n" + Self.entry, "Package.swift": ""])
    #expect(try PluginSources(path: flat).files == ["\(flat)/A.swift"])
    #expect(try !PluginSources(path: flat).importsNothing)
  }

  @Test(arguments: [
    "@c(crucible_plugin_X)", "@_cdecl(\"crucible_plugin_X\")", "@c( crucible_plugin_X )",
  ])
  func theEntryNamesTheModule(entry: String) throws {
    #expect(try PluginSources(path: folder(["a.swift": entry])).module == "X")
  }

  @Test func showsTheEntryThatIsMissing() throws {
    let path = try folder(["length-charge/a.swift": "let a = 1"]) + "/length-charge"
    let problem = try #require(throws: Problem.self) { try PluginSources(path: path) }
    #expect(problem.kind == .badConfiguration)
    #expect(problem.expected?.contains("@c(crucible_plugin_LengthCharge)") == true)
  }

  @Test func refusesTwoEntries() throws {
    let path = try folder(["a.swift": "@c(crucible_plugin_A)\n@c(crucible_plugin_B)"])
    let problem = try #require(throws: Problem.self) { try PluginSources(path: path) }
    #expect(problem.what == "has 2 entry functions: A, B")
  }

  @Test func findsTheFolderThatWasMeant() throws {
    let path = try folder(["brevity/a.swift": Self.entry])
    let problem = try #require(throws: Problem.self) {
      try PluginSources(path: path + "/brevety")
    }
    #expect(problem.kind == .missingInput)
    #expect(problem.hint == "did you mean 'brevity'?")
    let empty = try #require(throws: Problem.self) {
      try PluginSources(path: try folder(["README.md": ""]))
    }
    #expect(empty.kind == .missingInput)
  }
}

struct SwiftCompilerTests {
  @Test(arguments: [
    ("Swift version 6.3.1 (swift-6.3.1-RELEASE)\nTarget: x", [6, 3, 1], "swift-6.3.1"),
    ("Apple Swift version 6.3 (x)", [6, 3], "swift-6.3"),
    ("Swift version 6.3.2-dev", [6, 3, 2], "swift-6.3.2 or later"),
    ("Swift version 6.4.1", [6, 4, 1], "swift-6.4"),
    ("Swift version 7.0", [7, 0], "swift-6.5 or later"),
    ("Swift version 6.2.4", [6, 2, 4], "swift-6.2"),
  ])
  func readsVersions(text: String, version: [Int], stamp: String) {
    #expect(SwiftCompiler.version(in: text) == version)
    #expect(SwiftCompiler.stamp(of: version) == stamp)
  }

  @Test func saysWhatToDoWithoutACompiler() throws {
    let problem = try #require(throws: Problem.self) { try SwiftCompiler("/nowhere/swiftc") }
    #expect(problem.kind == .unavailable)
    #expect(problem.hint?.contains("swift.org/install") == true)
  }

  @Test(arguments: [
    ("echo 'Swift version 5.9'", "is Swift 5.9"), ("echo gcc", "does not say which version it is"),
  ])
  func refusesOtherCompilers(script: String, what: String) throws {
    let path = try temporaryFolder() + "/swiftc"
    try LocalFiles().writeAtomically("#!/bin/sh\n\(script)\n", to: path)
    chmod(path, 0o755)
    let problem = try #require(throws: Problem.self) { try SwiftCompiler(path) }
    #expect(problem.kind == .badConfiguration)
    #expect(problem.what == what)
  }
}
