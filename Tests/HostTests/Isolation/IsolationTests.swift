import Foundation
import PluginAPI
import Processes
import Testing

@testable import Host

/// A reward plugin in a child: whatever it does to its process costs rows, not the run.
@Suite(.serialized) struct IsolationTests {
  private func reward(
    _ recipe: String, _ problems: inout [Problem]
  ) throws -> RewardHandle? {
    let context = OptionContext(folder: ".")
    let specification = RewardSpecification(
      try YAML.parse(recipe, source: "recipe.yaml"), into: &problems, context)
    var factory = PluginFactory(
      registry: PluginRegistry(folders: []), context: context)
    factory.executable = "\(productsFolder)/crucible"
    return factory.reward(specification, into: &problems)
  }

  private func reward(_ recipe: String) throws -> RewardHandle {
    var problems: [Problem] = []
    let reward = try reward(recipe, &problems)
    if !problems.isEmpty { throw Problems(problems) }
    return try #require(reward)
  }

  private func completions(_ responses: [String], prompts: Int = .max) -> [Completion] {
    responses.enumerated().map { index, response in
      let id = "p\(index % prompts)"
      let checks: JSON = [["type": "contains", "value": "yes"]]
      return Completion(
        prompt: Prompt(
          id: id, messages: [Message(role: "user", content: "say yes")],
          fields: ["checks": checks], place: "data.jsonl:\(index % prompts)"),
        response: response, tokenIDs: [1, 2, 3], modelName: "m")
    }
  }

  @Test func scoresAreThoseOfTheSamePluginInProcess() throws {
    let isolated = try reward("{plugin: verifiable, isolate: true, all: true}")
    let registry = PluginRegistry(folders: [
      SearchFolder(path: productsFolder, holdsOtherLibraries: true)
    ])
    var problems: [Problem] = []
    let context = OptionContext(folder: ".")
    let specification = RewardSpecification(
      try YAML.parse("{plugin: verifiable, all: true}", source: "recipe.yaml"), into: &problems,
      context)
    let plain = try #require(
      PluginFactory(registry: registry, context: context).reward(specification, into: &problems))
    let batch = completions(["yes", "no", "yes, yes", ""])
    #expect(try isolated.judge(batch).map(\.value) == plain.judge(batch).map(\.value))
    // Stored scores are shared: where a reward runs does not change what it says.
    #expect(try isolated.identity == plain.identity)
  }

  @Test func faultsOfOptionsComeBackWithTheirPlaces() throws {
    var problems: [Problem] = []
    #expect(
      try reward("{plugin: verifiable, isolate: true,\n  al: true, all: 3}", &problems) == nil)
    #expect(problems.map(\.place) == ["recipe.yaml:2:3", "recipe.yaml:2:18"])
    #expect(problems.first?.hint == "did you mean 'all'?")
    problems = []
    #expect(try reward("{plugin: verifable, isolate: true}", &problems) == nil)
    #expect(problems.first?.hint == "did you mean 'verifiable'?")
    problems = []
    _ = try reward("{plugin: verifiable, isolate: {restart: 1}}", &problems)
    #expect(problems.first?.hint == "did you mean 'restarts'?")
    problems = []
    _ = try reward("{plugin: verifiable, isolate: 3}", &problems)
    #expect(problems.first?.expected == "true, false or a mapping of limits")
  }

  @Test func faultsOfRowsStopTheRunAsTheyDoInProcess() throws {
    let isolated = try reward("{plugin: verifiable, isolate: true}")
    var batch = completions(["yes", "yes"])
    batch[1].prompt.fields = [:]
    let problems = try #require(throws: Problems.self) { try isolated.judge(batch) }
    #expect(problems.all.count == 1 && problems.all[0].place?.hasPrefix("data.jsonl:1") == true)
  }

  // MARK: - A plugin that does what plugins should not

  private func wild(_ extra: String = "") throws -> RewardHandle {
    let library = try #require(WildPlugin.shared).path
    return try reward("{plugin: wild, path: '\(library)'\(extra)}")
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func aTrapCostsItsRow() throws {
    let reward = try wild(", isolate: {restarts: 4}")
    let scores = try reward.judge(completions(["one", "three", "trap", "four", "exit", "eleven"]))
    #expect(scores.map(\.value.isNaN) == [false, false, true, false, true, false])
    #expect(scores[0].value == 3 && scores[5].value == 6)
    #expect(scores[2].failure?.contains("ended with") == true)
    #expect(scores[0].parts.map(\.name) == ["bytes"])
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func whatItPrintsIsNoAnswer() throws {
    let scores = try wild(", isolate: true").judge(completions(["print", "read", "one"]))
    #expect(scores.map(\.value) == [5, 4, 3])
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func anEndlessLoopMissesItsDeadline() throws {
    let limits = ", isolate: {deadline_seconds: 2, start_seconds: 3}"
    let scores = try wild(limits).judge(completions(["one", "loop", "three"]))
    #expect(scores.map(\.value.isNaN) == [false, true, false])
    #expect(scores[1].failure?.contains("no answer within") == true)
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func memoryHungerCostsItsRow() throws {
    let scores = try wild(", isolate: {memory_mb: 1000}").judge(
      completions(["one", "hunger", "three"]))
    #expect(scores.map(\.value.isNaN) == [false, true, false])
    #expect(scores[1].failure?.contains("ended with") == true)
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func usedUpRestartsStopWithWorkKept() throws {
    let reward = try wild(", isolate: {restarts: 1}")
    let batch = completions(["one", "three", "trap", "four", "trap"])
    let (scores, stopped) = try reward.judgeInPart(batch)
    #expect(try #require(stopped).kind == .interrupted)
    #expect(scores.prefix(2).map(\.value) == [3, 5])
    #expect(throws: Problem.self) { try reward.judge(batch) }
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func groupsTravelTogether() throws {
    // Scores of this mode are sizes of groups.
    let reward = try wild(", isolate: true, groups: true")
    #expect(reward.model.scope == .prompt)
    let batch = completions(Array(repeating: "x", count: 4), prompts: 2)
    let ordered = [batch[0], batch[2], batch[1], batch[3]] + completions(["y"])
    #expect(try reward.judge(ordered).map(\.value) == [2, 2, 2, 2, 1])
  }

  @Test(.enabled(if: WildPlugin.shared != nil)) func aTrapInItsInitialiserIsAFaultOfTheRecipe()
    throws
  {
    var problems: [Problem] = []
    let library = try #require(WildPlugin.shared).path
    let recipe = "{plugin: wild, path: '\(library)', isolate: true, trap: true}"
    #expect(try reward(recipe, &problems) == nil)
    #expect(problems.map(\.kind) == [.badConfiguration])
    #expect(problems.first?.what.contains("does not start") == true)
  }
}

/// A library with a reward that traps, loops, hoards, prints and exits, compiled once a test run.
struct WildPlugin: Sendable {
  let path: String

  /// Nil where there is no compiler.
  static let shared: WildPlugin? = try? WildPlugin()

  private init() throws {
    let folder = NSTemporaryDirectory() + "crucible-wild-\(getpid())"
    try makeDirectories(folder)
    try Self.source.write(toFile: "\(folder)/Wild.swift", atomically: true, encoding: .utf8)
    path = "\(folder)/libWild.so"
    let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..")
      .standardized.path
    let maps = [
      "\(productsFolder)/CKernels.build/module.modulemap",
      "\(productsFolder)/CProcess.build/module.modulemap",
      "\(root)/Sources/CYAML/module.modulemap", "\(root)/Sources/CPCRE2/module.modulemap",
    ].filter(fileExists).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
    let result = try ProcessCommand(
      ["swiftc", "-O", "-parse-as-library", "-emit-library", "-module-name", "Wild"] + maps
        + [
          "-I", "\(productsFolder)/Modules", "-L", productsFolder, "-lCrucibleCore",
          "\(folder)/Wild.swift", "-o", path,
        ]
    ).run(deadlineSeconds: 300)
    guard result.succeeded else { throw Problem(.failed, "swiftc: \(result.error)") }
  }

  private static let source = #"""
    import Glibc
    import PluginAPI

    struct WildReward: ExplainingReward {
      static let name = "wild"
      static let summary = "Does what its responses say."

      struct Options: PluginOptions {
        @Setting("Whether making it traps.") var trap = false
        @Setting("Score by the size of the group.") var groups = false
      }

      let options: Options
      var scope: RewardScope { options.groups ? .prompt : .response }

      init(_ options: Options) {
        if options.trap { fatalError("made to trap") }
        self.options = options
      }

      func judge(_ batch: [Completion]) throws -> [RewardScore] {
        var scores: [RewardScore] = []
        for group in batch.groupedByPrompt() {
          for row in group {
            misbehave(batch[row].response)
            let size = Float(batch[row].response.utf8.count)
            scores.append(
              RewardScore(options.groups ? Float(group.count) : size, parts: [("bytes", size)]))
          }
        }
        return scores
      }

      private func misbehave(_ text: String) {
        switch text {
        case "trap": fatalError("trapped on purpose")
        case "exit": exit(0)
        case "loop": while getppid() != 0 { usleep(1000) }
        case "print":
          print("words of a reward")
          fflush(nil)
        case "read": _ = readLine()
        case "hunger":
          var hoard: [[UInt8]] = []
          while hoard.count < 100 { hoard.append([UInt8](repeating: 1, count: 64 << 20)) }
          print(hoard.count)
        default: break
        }
      }
    }

    @c(crucible_plugin_Wild)
    public func entry() -> UnsafeRawPointer {
      manifest("Wild", version: "1.0.0", rewards: [WildReward.self])
    }
    """#
}
