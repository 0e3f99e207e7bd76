import Foundation
import PluginAPI
import Testing

@testable import Host

/// Libraries from outside are opened in a child before the host opens them: what crashes or hangs
/// is refused with its reason, and everything else goes on.
@Suite(.enabled(if: FaultyPlugins.shared != nil, "\(FaultyPlugins.skipReason)"))
struct PluginGuardTests {
  private let faulty: FaultyPlugins
  private let cache: String

  init() throws {
    faulty = try #require(FaultyPlugins.shared)
    cache = try temporaryFolder()
  }

  private func guardian(executable: String? = nil, trusting: String? = nil) -> PluginGuard {
    PluginGuard(
      probe: PluginProbe(
        executable: executable ?? "\(productsFolder)/crucible", deadlineSeconds: 60),
      verdicts: ProbeVerdicts(path: "\(cache)/probes.json"), trustedFolder: trusting)
  }

  private func registry(_ names: [String], _ guardian: PluginGuard) throws -> PluginRegistry {
    let folder = try faulty.copied(names)
    return PluginRegistry(
      folders: [SearchFolder(path: folder, holdsOtherLibraries: false)], guardian: guardian)
  }

  @Test func whatBringsTheChildDownIsRefused() throws {
    let registry = try registry(
      ["CrashesInConstructor", "ExitsInConstructor", "Misbehaves", "TrapsInEntry"], guardian())
    #expect(registry.loadAll().map(\.name) == ["Misbehaves"])
    let reasons = registry.refusals.map(\.what)
    #expect(reasons.count == 3)
    #expect(reasons[0].hasPrefix("crashed with SIGSEGV while it was opened"))
    #expect(reasons[1].hasPrefix("ended the process with exit code 0 while it was opened"))
    #expect(reasons[2].contains("in its entry function; it said"))
    #expect(reasons[2].contains("no manifest today"))
    #expect(try registry.reward("misbehaves").name == "misbehaves")
  }

  @Test func hangsAreCutOff() throws {
    var impatient = guardian()
    impatient = PluginGuard(
      probe: PluginProbe(executable: impatient.probe.executable, deadlineSeconds: 2),
      verdicts: impatient.verdicts, trustedFolder: nil)
    let registry = try registry(["HangsInEntry"], impatient)
    #expect(registry.loadAll().isEmpty)
    #expect(registry.refusals.first?.what.contains("did not come back within 2 s") == true)
  }

  /// A reward whose making traps with default options may be made well with others.
  @Test func trapsInMakingAreNoReasonToRefuse() throws {
    let registry = try registry(["TrapsInInit"], guardian())
    #expect(registry.loadAll().map(\.name) == ["TrapsInInit"])
  }

  @Test func verdictsAreKeptForTheFileAsItIs() throws {
    let broken = try registry(["TrapsInEntry"], guardian())
    #expect(broken.loadAll().isEmpty)
    let path = try #require(broken.entries.first?.file.path)
    // Where no child can be started the file is only refused by what is remembered.
    let blind = guardian(executable: "/nowhere/crucible")
    let fault = #expect(throws: PluginFault.self) { try blind.check(PluginFile(path: path)) }
    #expect(fault?.problem.what.contains("in its entry function") == true)
    #expect(fault?.fix == "crucible plugin build traps-in-entry")

    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: faulty.path("Misbehaves"), toPath: path)
    try blind.check(PluginFile(path: path))
  }

  @Test func verdictsOfFilesThatAreGoneAreForgotten() throws {
    let verdicts = guardian().verdicts
    let first = try PluginFile(path: faulty.copied(["Twin"]) + "/libTwin.so")
    verdicts.record(nil, of: first)
    #expect(verdicts.verdict(of: first) != nil)
    try FileManager.default.removeItem(atPath: first.path)
    verdicts.record(nil, of: PluginFile(path: faulty.path("Twin")))
    let text = try String(contentsOfFile: "\(cache)/probes.json", encoding: .utf8)
    #expect(text.contains(faulty.path("Twin")) && !text.contains(first.path))
  }

  @Test func damagedCacheIsNoCache() throws {
    try "{\"version\": 1, \"libraries\": [".write(
      toFile: "\(cache)/probes.json", atomically: true, encoding: .utf8)
    let file = PluginFile(path: faulty.path("Twin"))
    #expect(guardian().verdicts.verdict(of: file) == nil)
    try guardian().check(file)
    #expect(guardian().verdicts.verdict(of: file) != nil)
  }

  @Test func trustedFolderIsNotProbed() throws {
    try guardian(trusting: faulty.folder).check(PluginFile(path: faulty.path("TrapsInEntry")))
  }
}
