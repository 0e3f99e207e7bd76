import Foundation
import PluginAPI
import Processes
import Testing

@testable import Host

/// Rewards that fail while they are used, through the command that uses one.
@Suite(.enabled(if: FaultyPlugins.shared != nil, "\(FaultyPlugins.skipReason)"))
struct FaultyRewardTests {
  private let command: CommandLine
  private let rows: String

  init() throws {
    let faulty = try #require(FaultyPlugins.shared)
    command = try CommandLine(plugins: faulty.copied(["Misbehaves", "TrapsInEntry"]))
    rows = "\(command.home)/rows.jsonl"
    let line = #"{"prompt": "p", "response": "four"}"# + "\n"
    try (line + line).write(toFile: rows, atomically: true, encoding: .utf8)
  }

  private func score(_ options: String...) throws -> (result: ProcessResult, scores: [JSON?]?) {
    let out = "\(command.home)/out.jsonl"
    let result = try command.run(
      ["score", "misbehaves", "--in", rows, "--out", out]
        + options.flatMap { ["--option", $0] })
    let written = try? JSONLines.read(path: out).map { $0.value["score"] }
    return (result, written)
  }

  @Test func wellBehavedOnesScoreBesideABrokenPlugin() throws {
    let (result, scores) = try score()
    #expect(result.exit == .code(0), "\(result.error)")
    #expect(scores == [.number(4), .number(4)] || scores == [.int(4), .int(4)])
  }

  @Test(arguments: ["nan", "infinite"])
  func whatIsNoNumberIsNoScore(mode: String) throws {
    let (result, scores) = try score("mode=\(mode)")
    #expect(scores == [.null, .null], "\(result.error)")
    #expect(result.error.contains("0 judged"))
  }

  @Test func wrongCountIsAFaultOfThePlugin() throws {
    let (result, scores) = try score("mode=fewer")
    #expect(result.exit == .code(78) && scores == nil)
    #expect(result.error.contains("reward 'misbehaves': returned 1 scores for 2 responses"))
  }

  @Test(arguments: ["throwing", "problem"])
  func endlessWordsAreCutAndEscaped(mode: String) throws {
    let (result, scores) = try score("mode=\(mode)")
    #expect(result.exit == .code(1) && scores == nil)
    #expect(result.error.utf8.count < 20_000)
    #expect(!result.error.contains("\u{1B}"), "no control character reaches the terminal")
    #expect(result.error.contains("\\u{1b}[31m"))
  }

  @Test(arguments: [
    ("mode=trapping", "reward 'misbehaves': crashed with SIG", "while it scored 2 responses"),
    ("mode=recursing", "reward 'misbehaves': crashed with SIG", "while it scored 2 responses"),
    ("mode=exiting", "reward 'misbehaves': ended the process with exit()", "while it scored"),
    ("trap=true", "plugin 'misbehaves': crashed with SIG", "when it was made with its options"),
  ])
  func crashesNameThePlugin(option: String, start: String, doing: String) throws {
    let (result, scores) = try score(option)
    #expect(result.exit == .code(78), "\(result.error)")
    #expect(scores == nil)
    let last = result.error.split(separator: "\n").last.map(String.init) ?? ""
    #expect(last.hasPrefix("error: \(start)") && last.contains(doing), "\(result.error)")
    #expect(!result.error.contains("Backtrac"), "no stack trace reaches a user")
  }

  /// Words of an entry and of a reward go to stderr: stdout is this program's.
  @Test func stdoutStaysClean() throws {
    let (result, _) = try score("mode=printing")
    #expect(result.exit == .code(0) && result.output.isEmpty, "\(result.outputText)")
    #expect(result.error.contains("words of an entry"))
    #expect(result.error.contains("words of a reward"))
    let (list, exit) = try command.json(["plugin", "list", "--json"])
    #expect(exit == .code(0))
    let refused = list.array?.first { $0["status"]?.string == "refused" }
    #expect(refused?["file"]?.string == "TrapsInEntry")
    #expect(refused?["fix"]?.string == "crucible plugin build traps-in-entry")
  }
}
