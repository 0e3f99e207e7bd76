import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Process

/// What the plugin's page and the example recipe show runs as it stands there.
struct ProcessExampleTests {
  /// The blocks of a language in the plugin's README.
  private func blocks(_ language: String) throws -> [String] {
    let page = try readText(repositoryRoot.appendingPathComponent("Plugins/Process/README.md").path)
    return page.components(separatedBy: "```\(language)\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
  }

  private func scores(_ recipe: String, in folder: String, _ rows: [Completion]) throws
    -> [RewardScore]
  {
    var problems: [Problem] = []
    let options = OptionReader.read(
      ProcessReward.Options.self, from: try YAML.parse(recipe, source: "recipe.yaml"),
      into: &problems, OptionContext(folder: folder))
    #expect(problems.isEmpty)
    return try ProcessReward(options).judge(rows)
  }

  private func completion(_ response: String, reference: String? = nil) -> Completion {
    Completion(
      prompt: Prompt(
        id: "1", messages: [Message(role: "user", content: "ask")], reference: reference),
      response: response)
  }

  @Test(arguments: [
    ("python", "[python3, judge]", [-3.0, -2.0]), ("sh", "[sh, judge]", [1.0, 0.0]),
  ])
  func thePageShowsProgramsThatRun(language: String, command: String, expected: [Float]) throws {
    guard language == "sh" || ProcessRewardTests.hasPython else { return }
    let program = try #require(try blocks(language).first)
    #expect(program.split(separator: "\n").count <= 10)
    let folder = NSTemporaryDirectory() + "crucible-page-\(UUID().uuidString)"
    try makeDirectories(folder)
    try program.write(toFile: "\(folder)/judge", atomically: true, encoding: .utf8)
    let rows = [completion("yes"), completion("no")]
    #expect(try scores("{command: \(command)}", in: folder, rows).map(\.value) == expected)
  }

  @Test(.enabled(if: ProcessRewardTests.hasPython)) func theExampleComparesWithTheReference()
    throws
  {
    let folder = repositoryRoot.appendingPathComponent("Examples/rewards").path
    let rows = [
      completion("cat cow", reference: "cat cow"), completion("cow cat", reference: "cat cow"),
      completion("", reference: "cat cow"), completion("abc", reference: "abd x"),
      completion("anything"),
    ]
    let scores = try scores("{command: [python3, process_reward.py]}", in: folder, rows)
    // Four of seven letters change when the words change places.
    let swapped = Float((1 + (1 - 4.0 / 7)) / 2)
    #expect(scores.prefix(4).map(\.value) == [1, swapped, 0, 0.2])
    #expect(scores[1].parts.map(\.name) == ["words", "letters"])
    #expect(scores[4].failure?.contains("no 'reference'") == true)
  }
}
