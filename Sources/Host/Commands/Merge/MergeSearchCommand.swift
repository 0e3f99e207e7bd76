import ArgumentParser
import Merging
import PluginAPI

/// `crucible merge search`
struct MergeSearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the parameters of a merge that score best.",
    discussion: """
      CONFIG is a merge config in which numbers under 'parameters' may be written as searched:

        weight: {search: [0, 1]}              one number, from the middle on
        weight: {search: [0, 1], start: 0.2}  from 0.2 on
        t: {search: [0, 1], groups: 4}        a gradient of four over layers
        weight: [0, {search: [0, 1]}, 1]      one number of a gradient
        weight: [{filter: mlp, value: {search: [0, 1]}}, {value: 0.5}]

      Candidates are merged in memory, answer the prompts of --data and are scored by the rewards, \
      as 'crucible eval' does it; nothing of them is written. The first one is the start, so that \
      the gain can be told. --out DIR receives best.yml, a plain merge config, at every \
      improvement, curve.csv, and search.jsonl, from which --resume goes on. Random numbers of \
      the merge itself are those of 'crucible merge' without --random-seed.
      """)

  @Argument(help: "Merge config with searched numbers.") var config: String
  @Option(help: "JSON Lines file of prompts to answer.") var data: String
  @Option(help: "Reward; may be repeated, scores are added [verifiable].") var reward: [String] = []
  @Option(help: "Folder for the best config, the curve and the journal.") var out: String?
  @Option(help: "cma-es, or random: what it has to beat.") var method = SearchMethod.cmaES
  @Option(help: "Candidates to evaluate, the start among them.") var evaluations = 100
  @Option(help: "First step of cma-es, as a share of the width of the bounds.") var sigma = 0.1667
  @Flag(help: "Go on with the search in DIR.") var resume = false
  @OptionGroup(title: "Answering") var answering: AnsweringArguments
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    guard (1...1_000_000).contains(evaluations) else {
      throw ValidationError("--evaluations must be in 1...1000000")
    }
    guard sigma > 0, sigma <= 1 else { throw ValidationError("--sigma must be above 0, at most 1") }
    guard !resume || out != nil else { throw ValidationError("--resume needs --out") }
  }

  func run() throws {
    Interruption.install()
    let console = verbosity.makeConsole()
    let space = try SearchSpace(path: config)
    let merger = CandidateMerger(space, methods: PluginRegistry().mergeMethods)
    for warning in try merger.warnings(space.start) { console.warn(warning) }
    let run = MergeSearchRun(
      search: MergeSearch(
        space, method: method, evaluations: evaluations, seed: answering.seed, sigma: sigma),
      merger: merger, scorer: try scorer(),
      output: try out.map {
        try MergeSearchOutput(
          folder: $0, space: space, header: try header(merger), resuming: resume)
      }, console: console)
    do {
      try report(run.run(), of: space)
    } catch is CancellationError {
      guard out != nil else {
        throw Problem(
          .interrupted, "interrupted", hint: "with --out DIR, searches can be gone on with")
      }
      throw Interruption.problem(resumeWith: resumeCommand)
    }
  }

  private var rewardNames: [String] { reward.isEmpty ? ["verifiable"] : reward }

  private func scorer() throws -> CandidateScorer {
    CandidateScorer(
      prompts: try PromptFile.prompts(path: data),
      rewards: try rewardNames.map { try makeReward($0, options: []) },
      fewShot: try answering.fewShot.map { try PromptFile.shots(path: $0) } ?? [],
      samples: answering.n, settings: answering.settings, seed: answering.seed)
  }

  /// What tells this search from others.
  private func header(_ merger: CandidateMerger) throws -> JSON {
    [
      "config": .string(SHA256.hex(of: try readText(config))),
      "models": .string(try merger.fingerprint()),
      "data": .string(SHA256.hex(of: try readText(data))),
      "rewards": .array(rewardNames.map { .string($0) }), "method": .string(method.rawValue),
      "sigma": .number(sigma), "seed": .string("\(answering.seed)"), "n": .int(Int64(answering.n)),
      "temperature": .string("\(answering.temperature)"),
      "max-tokens": .int(Int64(answering.maxTokens)),
      "few-shot": try answering.fewShot.map { .string(SHA256.hex(of: try readText($0))) } ?? .null,
    ]
  }

  private func report(_ curve: SearchCurve, of space: SearchSpace) throws {
    let page = MergeSearchPage(curve: curve, space: space, method: method, folder: out)
    if json { print(page.json.serialized(pretty: true)) } else { page.printPage() }
  }

  private var resumeCommand: String {
    var words = ["crucible"] + CommandLine.arguments.dropFirst()
    if !resume { words.append("--resume") }
    return words.map(shellWord).joined(separator: " ")
  }
}

extension SearchMethod: @retroactive ExpressibleByArgument {}

/// `text` as one word of a shell's command line.
func shellWord(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_./=:,+@%".utf8.contains(byte)
    }
  }
  if isPlain, !text.isEmpty { return text }
  return "'"
    + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    + "'"
}
