import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Host

struct PluginTemplateTests {
  @Test(arguments: PluginTemplate.Kind.allCases)
  func fillsEveryPlaceholder(kind: PluginTemplate.Kind) throws {
    let template = PluginTemplate(
      kind, name: try PluginName("two-words"), folder: "/home/me/two-words",
      tree: ProgramTree(folder: "/opt/crucible/lib/crucible"), package: "/opt/crucible/lib/crucible"
    )
    for file in template.files {
      #expect(!file.text.contains("{{") && !file.path.contains("{{"))
      #expect(file.text.hasSuffix("\n"))
    }
    #expect(template.files.contains { $0.path == "Sources/TwoWords.swift" })
    #expect(template.files.contains { $0.path == "Package.swift" })
    #expect(template.nextSteps.count == 3)
  }

  @Test func doesNotRepeatTheKindInTheNameOfTheType() throws {
    let template = PluginTemplate(
      .reward, name: try PluginName("my-reward"), folder: "/tmp/my-reward",
      tree: ProgramTree(folder: "/nowhere"), package: nil)
    let source = try #require(template.files.first { $0.path == "Sources/MyReward.swift" })
    #expect(source.text.contains("struct MyReward: RewardModel"))
    #expect(!template.files.contains { $0.path == "Package.swift" })
  }

  @Test(arguments: [
    ("/home/me/c/Examples", "/home/me/p", "../c/Examples"), ("/opt/e", "/home/p", "/opt/e"),
    ("EXAMPLES", "/home/me/p", "EXAMPLES"), ("/home/me/a/b", "/home/me/a", "b"),
  ])
  func pathsAreRelativeWithinOneFolder(path: String, folder: String, expected: String) {
    #expect(PluginTemplate.relative(path, from: folder) == expected)
  }

  @Test func neverOverwrites() throws {
    let folder = try temporaryFolder()
    let template = PluginTemplate(
      .reward, name: try PluginName("brevity"), folder: "\(folder)/brevity",
      tree: ProgramTree(folder: "/nowhere"), package: nil)
    try PluginFolder(path: "\(folder)/brevity", template: template).write()
    let problem = try #require(throws: Problem.self) {
      try PluginFolder(path: "\(folder)/brevity", template: template).write()
    }
    #expect(problem.kind == .cannotWrite)
    let missing = try #require(throws: Problem.self) {
      try PluginFolder(path: "\(folder)/no/brevity", template: template).write()
    }
    #expect(missing.kind == .cannotWrite)
    #expect(LocalFiles.names(in: folder) == ["brevity"], "no leftovers")
  }
}

struct CoreModulesTests {
  /// A plugin's compiler must find every room of the core, and a stand-in for every C module in it.
  @Test func namesAllTargetsOfTheCore() throws {
    let package = try String(
      contentsOf: repositoryRoot.appendingPathComponent("Sources/Package.swift"), encoding: .utf8)
    let targets = package.matches(of: #/\.(?:target|systemLibrary)\(\s*name: "(\w+)"/#)
      .map { String($0.1) }
    #expect(targets.contains("PluginAPI"))
    let known = Set(CoreModules.names + CoreModules.hidden)
    #expect(targets.filter { !known.contains($0) } == [])
  }
}
