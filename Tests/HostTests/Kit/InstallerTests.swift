import Foundation
import PluginAPI
import Processes
import Testing

@testable import Host

struct InstallerTests {
  private func plan(_ files: [InstallFile]) -> InstallPlan { InstallPlan(files: files) }

  @Test func installsReplacesAndRemoves() throws {
    let prefix = try temporaryFolder()
    let installer = Installer(prefix: prefix)
    try LocalFiles().makeDirectories("\(prefix)/bin")
    try LocalFiles().writeAtomically("mine", to: "\(prefix)/bin/mine")
    let first = try installer.install(
      plan([
        InstallFile("lib/crucible/a", .text("one"), isProgram: true),
        InstallFile("share/old/b", .text("two")),
        InstallFile("bin/a", .link(to: "../lib/crucible/a")),
      ]))
    #expect(first.files == 4 && first.removed == 0)
    #expect(try String(contentsOfFile: "\(prefix)/bin/a", encoding: .utf8) == "one")
    #expect(access("\(prefix)/lib/crucible/a", X_OK) == 0)

    let second = try installer.install(
      plan([
        InstallFile("lib/crucible/a", .text("three")),
        InstallFile("bin/a", .link(to: "../lib/crucible/a")),
      ]))
    #expect(second.removed == 1)
    #expect(!LocalFiles.exists("\(prefix)/share"), "folders that are empty go as well")
    #expect(LocalFiles.names(in: "\(prefix)/lib") == ["crucible"], "no staging folder stays")

    #expect(try installer.uninstall() == 3)
    #expect(LocalFiles.names(in: prefix) == ["bin"])
    #expect(LocalFiles.names(in: "\(prefix)/bin") == ["mine"], "what others put there stays")
    let problem = try #require(throws: Problem.self) { try installer.uninstall() }
    #expect(problem.kind == .missingInput)
  }

  @Test func aFailureLeavesWhatWasThere() throws {
    let prefix = try temporaryFolder()
    let installer = Installer(prefix: prefix)
    _ = try installer.install(plan([InstallFile("lib/crucible/a", .text("one"))]))
    #expect(throws: Problem.self) {
      try installer.install(
        plan([
          InstallFile("lib/crucible/a", .text("two")),
          InstallFile("lib/crucible/b", .copy("/nowhere/b")),
        ]))
    }
    #expect(try String(contentsOfFile: "\(prefix)/lib/crucible/a", encoding: .utf8) == "one")
    #expect(LocalFiles.names(in: "\(prefix)/lib") == ["crucible"])
  }

  @Test func aListCannotLeadOutOfThePrefix() throws {
    let folder = try temporaryFolder()
    let prefix = "\(folder)/prefix"
    try LocalFiles().makeDirectories("\(prefix)/lib/crucible")
    try LocalFiles().writeAtomically("mine", to: "\(folder)/mine")
    try LocalFiles().writeAtomically(
      #"{"format": 1, "files": ["../mine", "/etc/hostname", "lib", "lib/crucible/x"]}"#,
      to: "\(prefix)/lib/crucible/install.json")
    _ = try Installer(prefix: prefix).uninstall()
    #expect(LocalFiles.exists("\(folder)/mine"))
  }

  @Test func aPlaceThatCannotBeWrittenIsNamed() throws {
    let folder = try temporaryFolder()
    try LocalFiles().writeAtomically("", to: "\(folder)/file")
    let problem = try #require(throws: Problem.self) {
      try Installer(prefix: "\(folder)/file").install(plan([InstallFile("bin/a", .text(""))]))
    }
    #expect(problem.kind == .cannotWrite)
  }

  @Test func theWholeTreeRunsWithoutTheBuild() throws {
    let prefix = try temporaryFolder() + "/a tree"
    let install = try CommandLine().run(["install", "--prefix", prefix])
    #expect(install.succeeded, "\(install.error)")
    defer { try? LocalFiles().remove(prefix) }
    for path in ["lib/crucible/crucible", "lib/crucible/plugins/libLength.so"] {
      let elf = try ELFFile(path: "\(prefix)/\(path)")
      #expect(elf.searchPath?.text.hasPrefix("$ORIGIN") == true, "\(path) names no other place")
    }
    let bare = ["PATH": "/usr/bin:/bin", "XDG_DATA_HOME": "/nowhere"]
    let list = try ProcessCommand(
      ["\(prefix)/bin/crucible", "plugin", "list"], folder: "/", environment: bare
    ).run(deadlineSeconds: 60)
    #expect(list.succeeded, "\(list.error)")
    #expect(list.outputText.contains("length"))
    #expect(!list.outputText.contains("REFUSED"))
    let page = try String(contentsOfFile: "\(prefix)/share/man/man1/crucible.1", encoding: .utf8)
    #expect(page.contains(".SS crucible plugin build"))
    #expect(fileExists("\(prefix)/share/crucible/examples/quickstart/wrpo.yaml"))
  }
}

struct InstallFileTests {
  @Test func aSearchPathIsReplacedInPlace() throws {
    let core = "\(productsFolder)/libCrucibleCore.so"
    let old = try #require(try ELFFile(path: core).searchPath)
    let copy = try temporaryFolder() + "/libCopy.so"
    let file = InstallFile("x", .copy(core, searchPath: "$ORIGIN"))
    let bytes = try file.write(to: copy)
    #expect(Int64(bytes) == LocalFiles.byteCount(core))
    #expect(try ELFFile(path: copy).searchPath?.text == "$ORIGIN")
    #expect(try ELFFile(path: copy).needed == ELFFile(path: core).needed)
    var whole = try #require(try LocalFiles.read(core))
    let tooLong = String(repeating: "x", count: old.bytes.count + 1)
    #expect(throws: Problem.self) { try InstallFile.set(tooLong, in: &whole, of: core) }
  }

  @Test func theRuntimeIsWhatTheSearchPathLeadsTo() throws {
    let names = RuntimeLibraries.needed(
      by: ["\(productsFolder)/libCrucibleCore.so"], but: ["libCrucibleCore.so"]
    ).map { ($0 as NSString).lastPathComponent }
    #expect(names.contains("libswiftCore.so"))
    #expect(!names.contains { $0.hasPrefix("libc.so") }, "the system's stays the system's")
  }

  @Test(arguments: [
    ("a-b", "a\\-b"), (".x", "\\&.x"), ("'x'", "\\&'x'"), ("a\\b", "a\\eb"),
  ])
  func textStaysTextInAManualPage(text: String, roff: String) {
    #expect(ManualPage.escaped(text) == roff)
  }

  @Test func everyCommandIsInTheManualPage() throws {
    let page = try ManualPage(dump: Crucible._dumpHelp()).text
    for command in ["run", "score", "plugin doctor", "plugin new", "install", "model inspect"] {
      #expect(page.contains(".SS crucible \(command)\n"))
    }
    #expect(!page.contains("plugin probe"), "what is hidden stays so")
    #expect(page.contains("\\fB\\-\\-prefix\\fR \\fIPREFIX\\fR"))
  }
}
