import ArgumentParser
import Merging

/// `crucible model statistics`
struct StatisticsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statistics",
    abstract: "Measure over a few texts what merges that are weighted by data need.",
    discussion: """
      Writes crucible-fisher.safetensors (for the merge method fisher) or crucible-gram.safetensors \
      (for regmean), where a merge finds them: in the folder of the model. Rows of the data are \
      texts, or prompts with responses. Fisher information takes a backward pass a row, and as many \
      bytes as the model in f32; inner products take a forward pass, and the square of each \
      layer's width.
      """)

  @Argument(help: "Directory or .gguf file.") var model: String
  @Option(help: "JSON Lines file of texts like those the model was made for.") var data: String
  @Option(help: "fisher or gram; may be repeated [fisher].") var kind: [StatisticKind] = []
  @Option(help: "Rows at most; of more, so many are drawn.") var samples = 256
  @Option(help: "Tokens of a row at most.") var maxTokens = 256
  @Option(help: "For fisher: model draws every token from the model, data takes the text's own.")
  var labels = FisherStatistic.Labels.model
  @Option(help: "For gram: GiB of products at a time; more layers than fit take more passes.")
  var memory = 4.0
  @Option(help: "Every random number follows from it.") var seed: UInt64 = 42
  @Option(help: "Folder to write to [the model's].") var out: String?
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    try checkSamples(samples)
    guard (2...1_000_000).contains(maxTokens) else {
      throw ValidationError("--max-tokens must be in 2...1000000")
    }
    guard (0.001...1_000_000).contains(memory) else {
      throw ValidationError("--memory must be in 0.001...1000000")
    }
  }

  func run() throws {
    let console = verbosity.makeConsole()
    let location = modelLocation(model, OptionContext(folder: "."))
    let folder = try folder(of: location)
    var kinds: [StatisticKind] = []
    for kind in kind.isEmpty ? [.fisher] : kind where !kinds.contains(kind) { kinds.append(kind) }
    for kind in kinds { try checkOutput(kind.path(in: folder), kinds: ["safetensors"]) }
    let set = try CalibrationSet(path: data, samples: samples, seed: seed)
    let loaded = try LoadedModel.open(location)
    for warning in loaded.decoder.warnings { console.warn(warning) }
    let (sequences, skipped) = try set.sequences(for: loaded, maxTokens: maxTokens)
    if skipped > 0 { console.warn("\(data): \(skipped) rows have no token to predict, left out") }
    for kind in kinds {
      let path = kind.path(in: folder)
      switch kind {
      case .fisher: try writeFisher(of: loaded, sequences, to: path, console)
      case .gram: try writeGram(of: loaded, sequences, to: path, console)
      }
      console.message("\(path): of \(sequences.count) rows")
    }
  }

  /// Where the files go.
  private func folder(of location: String) throws -> String {
    if let out { return out }
    guard LocalFiles.isDirectory(location) else {
      throw Problem(
        .usage, at: model, "is no folder that statistics could be stored in",
        hint: "name one with --out")
    }
    return location
  }

  private func writeFisher(
    of model: LoadedModel, _ sequences: [TrainingRow.Sequence], to path: String,
    _ console: Console
  ) throws {
    let needed = FisherStatistic.memoryBytes(model.decoder)
    console.message(
      "Fisher information: \(bytes(needed)) of memory besides activations, a file of "
        + bytes(needed / 3))
    let bar = ProgressBar(
      "measuring fisher", total: sequences.count, unit: "rows", console: console)
    let tensors = try FisherStatistic(labels: labels, seed: seed).collect(
      model.decoder, name: model.name, over: sequences
    ) {
      try Interruption.check()
      bar.update(to: $0)
    }
    bar.finish()
    try SafetensorsWriter.write(
      tensors, to: path,
      metadata: origin(sequences).merging(["labels": labels.rawValue]) { $1 })
  }

  private func writeGram(
    of model: LoadedModel, _ sequences: [TrainingRow.Sequence], to path: String,
    _ console: Console
  ) throws {
    let gram = GramStatistic(
      model.decoder, name: model.name, over: sequences,
      memory: Int(memory * Double(1 << 30)))
    let passes = gram.passes == 1 ? "1 pass" : "\(gram.passes) passes"
    console.message(
      "inner products: \(bytes(gram.memoryBytes)) of memory besides activations, \(passes), a file "
        + "of " + bytes(gram.fileBytes))
    let bar = ProgressBar(
      "measuring gram", total: gram.passes * gram.tokens, unit: "tokens", console: console)
    try gram.write(to: path, metadata: origin(sequences)) {
      try Interruption.check()
      bar.update(to: $0)
    }
    bar.finish()
  }

  /// What the files say of how they were made.
  private func origin(_ sequences: [TrainingRow.Sequence]) -> [String: String] {
    [
      "format": "pt", "rows": "\(sequences.count)", "max_tokens": "\(maxTokens)",
      "seed": "\(seed)", "data": stem(of: data),
    ]
  }

  private func bytes(_ count: Int) -> String { HumanFormat.bytes(Int64(count)) }
}

func checkSamples(_ samples: Int) throws {
  guard (1...1_000_000).contains(samples) else {
    throw ValidationError("--samples must be in 1...1000000")
  }
}

extension StatisticKind: @retroactive ExpressibleByArgument {}
extension FisherStatistic.Labels: @retroactive ExpressibleByArgument {}
