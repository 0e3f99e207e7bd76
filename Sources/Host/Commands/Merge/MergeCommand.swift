import ArgumentParser
import Merging
import PluginAPI

/// `crucible merge …`
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Merge models as a mergekit config says.",
    discussion: """
      crucible merge CONFIG.yml OUT runs the config; every merge method is a plugin, see
      'crucible plugin list'.
      """,
    subcommands: [MergeRunCommand.self, MergePlanCommand.self, MergeSearchCommand.self],
    defaultSubcommand: MergeRunCommand.self)
}

/// `crucible merge CONFIG OUT`
struct MergeRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Merge into a new folder (what 'crucible merge' does).")

  @Argument(help: "mergekit YAML.") var config: String
  @Argument(help: "Folder to make: a model with config, tokenizer and card.") var out: String
  @Flag(help: "Go on with an interrupted merge of the same config and inputs.") var resume = false
  @Option(name: [.long, .customLong("random-seed")], help: "Every random number follows from it.")
  var seed: UInt64 = 0
  @Option(help: "The most bytes of one file; K, M and B are powers of 1000.")
  var outShardSize = ByteCount(ShardWriter.usualShardBytes)
  @Flag(inversion: .prefixedNo, help: "Copy the tokenizer where the config aligns none.")
  var copyTokenizer = true
  @Flag(inversion: .prefixedNo, help: "Write README.md.") var writeModelCard = true
  @OptionGroup var ignored: MergekitFlags
  @OptionGroup var verbosity: Verbosity

  func run() throws {
    Interruption.install()
    let console = verbosity.makeConsole()
    for flag in ignored.given { console.warn("\(flag) has no effect here") }
    let merge = try Merge(MergeConfig(path: config), methods: PluginRegistry().mergeMethods)
    for warning in merge.warnings { console.warn(warning) }
    var settings = Merge.Settings()
    settings.seed = seed
    settings.shardBytes = outShardSize.bytes
    settings.copiesTokenizer = copyTokenizer
    settings.writesModelCard = writeModelCard
    settings.resumes = resume
    let started = monotonicSeconds()
    try perform(merge, settings, console)
    let seconds = monotonicSeconds() - started
    let plan = merge.plans[merge.plans.count - 1]
    console.message(
      "\(out): \(plan.tensors.count) tensors, \(HumanFormat.bytes(Int64(plan.outputBytes))) by "
        + "\(plan.document.method) in \(HumanFormat.duration(seconds))")
  }

  private func perform(_ merge: Merge, _ settings: Merge.Settings, _ console: Console) throws {
    let total = merge.plans.reduce(0) { $0 + $1.outputBytes }
    guard total > 64 << 20 else {
      return try merge.run(to: out, settings: settings, check: Interruption.check)
    }
    let bar = ProgressBar("merging", total: max(1, total >> 20), unit: "MiB", console: console)
    do {
      try merge.run(to: out, settings: settings, check: Interruption.check) { done, _ in
        bar.update(to: done >> 20)
      }
      bar.finish()
    } catch is CancellationError {
      bar.finish()
      throw Interruption.problem(resumeWith: resumeCommand)
    }
  }

  /// With the options that the bytes depend on: without them it would be another merge.
  private var resumeCommand: String {
    var command = "crucible merge \(config) \(out) --resume"
    if seed != 0 { command += " --seed \(seed)" }
    if outShardSize.bytes != ShardWriter.usualShardBytes {
      command += " --out-shard-size \(outShardSize.bytes)"
    }
    return command
  }
}

/// `5B`, `500M`: bytes on a command line, as mergekit writes them.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let factors: [Character: Int] = ["K": 1000, "M": 1_000_000, "B": 1_000_000_000]
    let factor = argument.last.flatMap { factors[Character($0.uppercased())] }
    let digits = factor == nil ? argument[...] : argument.dropLast()
    guard let number = Double(digits), number > 0, number.isFinite else { return nil }
    let bytes = number * Double(factor ?? 1)
    guard bytes >= 1, bytes < 1e18 else { return nil }
    self.init(Int(bytes))
  }

  var defaultValueDescription: String { "5B" }
}

/// Flags of mergekit-yaml that scripts pass: taken, and without meaning here.
struct MergekitFlags: ParsableArguments {
  @Flag(help: .hidden) var cuda = false
  @Flag(help: .hidden) var lowCpuMemory = false
  @Flag(help: .hidden) var readToGpu = false
  @Flag(help: .hidden) var multiGpu = false
  @Flag(help: .hidden) var gpuRich = false
  @Flag(help: .hidden) var lazyUnpickle = false
  @Flag(help: .hidden) var cloneTensors = false
  @Flag(help: .hidden) var trustRemoteCode = false
  @Flag(help: .hidden) var allowCrimes = false
  @Flag(help: .hidden) var asyncWrite = false
  @Option(help: .hidden) var device: String?
  @Option(help: .hidden) var loraMergeCache: String?
  @Option(help: .hidden) var loraMergeDtype: String?
  @Option(help: .hidden) var transformersCache: String?
  @Option(help: .hidden) var writeThreads: Int?
  @Option(name: [.long, .customShort("j")], help: .hidden) var numThreads: Int?

  /// Those that were given.
  var given: [String] {
    let flags = [
      ("--cuda", cuda), ("--low-cpu-memory", lowCpuMemory), ("--read-to-gpu", readToGpu),
      ("--multi-gpu", multiGpu), ("--gpu-rich", gpuRich), ("--lazy-unpickle", lazyUnpickle),
      ("--clone-tensors", cloneTensors), ("--trust-remote-code", trustRemoteCode),
      ("--allow-crimes", allowCrimes), ("--async-write", asyncWrite), ("--device", device != nil),
      ("--lora-merge-cache", loraMergeCache != nil),
      ("--lora-merge-dtype", loraMergeDtype != nil),
      ("--transformers-cache", transformersCache != nil),
      ("--write-threads", writeThreads != nil), ("--num-threads", numThreads != nil),
    ]
    return flags.filter(\.1).map(\.0)
  }
}
