import PluginAPI
import Processes
import Synchronization

/// Scores with any executable: a JSON object a line in, a JSON object a line out.
///
/// The program is started when the first row is scored and answers rows until its input ends.
final class ProcessReward: ExplainingReward {
  static let name = "process"
  static let summary = "Scores with any executable that answers JSON lines with JSON lines."

  struct Options: PluginOptions {
    @Setting("Program and what it is given, a list; it starts in the recipe's folder.")
    var command = ProcessLine()
    @Setting("Children that judge side by side.", in: 1...256) var workers = 1
    @Setting("Rows that a child may hold before it has answered them.", in: 1...4096)
    var batchSize = 16
    @Setting("Seconds that the answer to a row may take.", in: 0.001...1e6)
    var deadlineSeconds = 60.0
    @Setting("Seconds on top for a child's first answer, as where it loads a model.", in: 0.0...1e6)
    var startSeconds = 0.0
    @Setting("How often, in all, children may be started again after a crash.", in: 0...1_000_000)
    var restarts = 20
    @Setting("Address space that a child may use, in MB (10^6 bytes).", in: 1...1_000_000_000)
    var memoryMb: Int?
    @Setting("Where the program starts; none: the recipe's folder.") var folder: FilePath?
    @Setting("Variables set on top of the environment, {NAME: text}.")
    var environment = ProcessVariables()
    @Setting("More files whose change makes stored scores stale, such as modules it imports.")
    var files: [FilePath] = []
  }

  private let workers: LineWorkers
  private let files: [String]
  private let hashes = Mutex<String?>(nil)

  init(_ options: Options) throws {
    let line = options.command.starting(in: options.folder?.path)
    var command = ProcessCommand(
      line.arguments, folder: line.folder == "." ? nil : line.folder)
    command.environment = options.environment.merged
    command.limits.memoryBytes = options.memoryMb.map { $0 * 1_000_000 }
    try line.check(command)
    var settings = LineSettings(name: "process \(quoted(line.name))", command: command)
    settings.workers = options.workers
    settings.window = options.batchSize
    settings.deadlineSeconds = options.deadlineSeconds
    settings.startSeconds = options.startSeconds
    settings.restarts = options.restarts
    workers = LineWorkers(settings)
    files = line.files + options.files.map(\.path)
    if let missing = options.files.first(where: { !fileExists($0.path) }) {
      throw OptionError("files", missing.path, "must be a file that exists")
    }
  }

  /// The hashes of the files that the command names: an edited script scores anew. Cost: reads
  /// them once.
  var identity: String {
    get throws {
      try hashes.withLock { known in
        if let known { return known }
        let text = try files.map { "\($0) \(try SHA256.hex(ofFile: $0))" }.joined(separator: "\n")
        known = text
        return text
      }
    }
  }

  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let result = workers.answer(batch.map(\.processRow))
    let scores = result.answers.map { answer in
      switch answer {
      case .reply(let object): RewardScore(processReply: object)
      case .failure(let reason): RewardScore(failure: reason)
      }
    }
    if let problem = result.problem { throw UnfinishedJudgement(scores, problem) }
    return scores
  }
}

@c(crucible_plugin_Process)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Process", version: "1.0.0", summary: ProcessReward.summary, rewards: [ProcessReward.self])
}
