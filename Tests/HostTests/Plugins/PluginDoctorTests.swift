import Foundation
import PluginAPI
import Processes
import Testing

@testable import Host

/// `crucible plugin doctor` over a folder in which everything is wrong.
@Suite(.enabled(if: FaultyPlugins.shared != nil, "\(FaultyPlugins.skipReason)"))
struct PluginDoctorTests {
  /// One scan for all tests: hanging libraries take their time.
  private static let scan = Result {
    let faulty = try #require(FaultyPlugins.shared)
    let folder = try faulty.copied(FaultyPlugins.all)
    try "nothing of ours\n".write(
      toFile: "\(folder)/README.md", atomically: true, encoding: .utf8)
    try Data("broken".utf8).write(to: URL(fileURLWithPath: "\(folder)/libText.so"))
    try script("#!/bin/sh\n", "\(folder)/my reward.sh")
    try compilePlainLibrary("\(folder)/libplain.so")
    let (value, exit) = try CommandLine(plugins: folder).json(
      ["plugin", "doctor", folder, "--json", "--deadline", "5"])
    return (folder, value.array ?? [], exit)
  }

  private static func script(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private static func compilePlainLibrary(_ path: String) throws {
    let source =
      "double helper(void) { return 0; } double my_reward(const char *p, const char *r) "
      + "{ return p && r; }"
    let result = try ProcessCommand(["cc", "-shared", "-fPIC", "-xc", "-", "-o", path])
      .run(input: Array(source.utf8), deadlineSeconds: 60)
    #expect(result.succeeded)
  }

  private func found(_ name: String) throws -> JSON {
    let (folder, all, _) = try Self.scan.get()
    return try #require(all.first { $0["path"]?.string == "\(folder)/\(name)" })
  }

  @Test func everyPluginIsReportedOnce() throws {
    let (_, all, exit) = try Self.scan.get()
    #expect(exit == .code(78))
    #expect(all.count == FaultyPlugins.all.count + 3, "libText, libplain and the script")
  }

  @Test func healthyOnesLoad() throws {
    let good = try found("libMisbehaves.so")
    #expect(good["status"]?.string == "loads" && good["reason"] == nil)
    #expect(good["version"]?.string == "1.2.3")
    #expect(good["api"]?.int == Int(PluginHeader.api))
    #expect(good["toolchain"]?.string == "\(PluginHeader.toolchain)")
    let reward = try #require(good["registers"]?.array?.first)
    #expect(reward["kind"]?.string == "reward" && reward["name"]?.string == "misbehaves")
    #expect(reward["options"]?.int == 2)
  }

  @Test func stampsThatDifferAreReported() throws {
    let old = try found("libOtherAPI.so")
    #expect(old["status"]?.string == "refused" && old["api"]?.int == 99)
    #expect(old["reason"]?.string?.contains("was built for plugin API 99") == true)
    #expect(old["fix"]?.string == "crucible plugin build other-api")
    let foreign = try found("libOtherToolchain.so")
    #expect(foreign["toolchain"]?.string == "swift-5.9")
    #expect(foreign["api"]?.int == Int(PluginHeader.api))
    #expect(foreign["reason"]?.string?.contains("'swift-5.9'") == true)
  }

  @Test(arguments: [
    ("CrashesInConstructor", "crashed with SIGSEGV while it was opened, in its static"),
    ("ExitsInConstructor", "ended the process with exit code 0 while it was opened"),
    ("TrapsInEntry", "in its entry function; it said"),
    ("EatsMemory", "crashed with SIGABRT in its entry function; it said 'memory is out'"),
    ("TrapsInInit", "when reward \\'traps-in-init\\' was made with its default options"),
  ])
  func crashesAreReported(name: String, reason: String) throws {
    let diagnosis = try found("lib\(name).so")
    #expect(diagnosis["status"]?.string == "crashes")
    let plain = reason.replacingOccurrences(of: "\\'", with: "'")
    #expect(diagnosis["reason"]?.string?.contains(plain) == true, "\(diagnosis)")
    #expect(diagnosis["fix"]?.string?.hasPrefix("crucible plugin build ") == true)
  }

  @Test func hangsAreReported() throws {
    let diagnosis = try found("libHangsInEntry.so")
    #expect(diagnosis["status"]?.string == "hangs")
    #expect(diagnosis["reason"]?.string?.contains("within 5 s in its entry function") == true)
  }

  @Test func nonsenseIsRefused() throws {
    #expect(try found("libNoHeader.so")["reason"]?.string?.contains("no plugin header") == true)
    #expect(try found("libText.so")["reason"]?.string?.contains("not an ELF") == true)
    let named = try found("libBadName.so")["reason"]?.string ?? ""
    #expect(named.contains("two words\\u{1b}[31m"), "control characters are escaped: \(named)")
  }

  @Test func namesTwoPluginsHaveAreNoted() throws {
    let (folder, _, _) = try Self.scan.get()
    let note = try #require(try found("libTwin.so")["notes"]?.array?.first?.string)
    #expect(note.contains("reward misbehaves is also registered by \(folder)/libMisbehaves.so"))
    #expect(try found("libMisbehaves.so")["notes"]?.array?.isEmpty == true)
  }

  @Test func otherFilesGetTheirRecipe() throws {
    let library = try found("libplain.so")
    #expect(library["status"]?.string == "no plugin")
    let line = try #require(library["recipe"]?.string)
    #expect(line.contains("plugin: cfunction") && line.contains("symbol: my_reward"))
    let (node, problems) = YAML.read(line, source: "recipe")
    #expect(
      problems.isEmpty && node?.sequence?.first?["library"]?.string?.hasSuffix("plain.so") == true)
    let program = try found("my reward.sh")
    let (command, faults) = YAML.read(try #require(program["recipe"]?.string), source: "recipe")
    #expect(faults.isEmpty)
    let words = command?.sequence?.first?["command"]?.sequence?.compactMap(\.string)
    #expect(words?.first?.hasSuffix("/my reward.sh") == true)
  }

  @Test func oneLibraryCanBeAskedFor() throws {
    let (folder, _, _) = try Self.scan.get()
    let command = try CommandLine()
    let good = try command.run(["plugin", "doctor", "\(folder)/libTwin.so"])
    #expect(good.exit == .code(0), "\(good.outputText)")
    #expect(good.outputText.contains("loads") && good.outputText.hasSuffix("1 loads\n"))
    let bad = try command.run(["plugin", "doctor", "\(folder)/libOtherAPI.so"])
    #expect(bad.exit == .code(78) && bad.error.isEmpty)
    #expect(bad.outputText.contains("fix           crucible plugin build other-api\n"))
    #expect(try command.run(["plugin", "doctor", "\(folder)/libNone.so"]).exit == .code(66))
  }

  /// Beside the executable lie plugins that came with it: they all load.
  @Test func ownPluginsAreWell() throws {
    let (value, exit) = try CommandLine().json(["plugin", "doctor", "--json"])
    #expect(exit == .code(0))
    let names = (value.array ?? []).compactMap { $0["name"]?.string }
    #expect(Set(names).isSuperset(of: ["Verifiable", "WRPO", "HuggingFace", "Merge"]))
  }
}
