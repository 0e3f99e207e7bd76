import Kernels
import PluginAPI
import Processes

/// Runs the program in a response against the tests of its row, in a confined child.
struct CodeExecutionReward: ExplainingReward {
  static let name = "code-execution"
  static let summary = "Runs programs against tests in a sandbox: the share that passes."

  struct Options: PluginOptions {
    @Setting("Language of the programs; none: python, or what 'command' runs.")
    var language: Language?
    @Setting("How to run one: [program, …, \"{file}\"]; none takes the language's.")
    var command: [String]?
    @Setting("Ending of a program's file, without the dot; none takes the language's.")
    var `extension`: String?
    @Setting("Which fenced block of a response is the program; none takes the whole text.")
    var extract = Extraction.last
    @Setting(
      "The share of tests passed, 1 for all of them, or 1 for a program that runs to its end.")
    var score = ScoreRule.fraction
    @Setting("One child a test instead of one a row.") var isolateTests = false
    @Setting("Seconds that a child may take.", in: 0.05...3600) var timeSeconds = 10.0
    @Setting("Address space of a child in MiB; 0 is no limit.", in: 0...1_048_576)
    var memoryMb = 512
    @Setting("Size of a file that it writes in MiB.", in: 0...65536) var fileMb = 16
    @Setting("What it may write on stdout in KiB.", in: 1...1_048_576) var outputKb = 1024
    @Setting(
      "Processes of the user, all together; 1 lets a program have none but itself.", in: 1...)
    var processes = 1
    @Setting("Children at a time; 0 is one a core.", in: 0...256) var workers = 0
    @Setting("Files and folders that programs may read beside the system's and the interpreter's.")
    var readable: [FilePath] = []
    @Setting("Whether programs may read all that the user may read.") var readAll = false
    @Setting("Whether programs may do whatever the user may do.") var unconfined = false
  }

  private let programs: ProgramJudge
  private let pool: ThreadPool
  let identity: String

  /// Throws `Problem` where programs cannot be confined (78) or the interpreter is missing (66).
  init(_ options: Options) throws {
    let runner = try Runner(options)
    let sandbox = Sandbox(options, readable: runner.readable)
    try sandbox.check()
    programs = ProgramJudge(
      runner: runner, sandbox: sandbox, extraction: options.extract, rule: options.score,
      isolatesTests: options.isolateTests)
    let workers = options.workers == 0 ? ThreadPool.shared.threadCount : options.workers
    pool = ThreadPool(threads: workers)
    // Workers do not belong here, limits and layers do.
    identity =
      "\(Harness.version) \(runner) \(sandbox) \(options.extract) \(options.score)"
      + " \(options.isolateTests)"
  }

  /// A score in 0...1 per completion, by the part names: `passed` and `tests` (counts), `runs` (1 when
  /// the program itself ran to its end), and `error:CLASS` (1) for the first thing that went wrong.
  /// A wrong program is a score; a row without tests is a failure.
  func judge(_ batch: [Completion]) -> [RewardScore] {
    pool.map(batch.count) { programs.score(batch[$0]) }
  }
}

/// What a score says.
enum ScoreRule: String, OptionChoice {
  case fraction, all, runs
}

@c(crucible_plugin_CodeExecution)
public func entry() -> UnsafeRawPointer {
  manifest(
    "CodeExecution", version: "1.0.0", summary: CodeExecutionReward.summary,
    rewards: [CodeExecutionReward.self])
}
