import ArgumentParser
import Merging

/// `crucible model lora-extract`
struct LoRAExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lora-extract",
    abstract: "Take a LoRA adapter out of a fine-tuned model.",
    discussion: """
      Every projection's difference to the base becomes a low-rank pair by its leading singular \
      directions; embeddings, head and norms are saved whole. OUT is an adapter that PEFT loads \
      onto the base; it appears whole or not at all. Prints the rank and the error of every \
      module. Names of modules are as in the model's files: model.layers.0.self_attn.q_proj.
      """)

  @Option(help: "Directory of the fine-tuned model.") var model: String
  @Option(
    name: [.customLong("base"), .customLong("base-model")],
    help: "Directory of the model it came from.")
  var base: String
  @Argument(help: "Directory to make.") var out: String
  @Option(help: "Largest rank of a pair.") var maxRank = 128
  @Option(help: "Drop singular values up to this.") var svEpsilon = 0.0
  @Option(help: "Stop at the rank that holds this share of the difference's squared norm.")
  var energy: Double?
  @Flag(inversion: .prefixedNo, help: "Give A and B the root of each singular value; else A all.")
  var distributeScale = true
  @Flag(inversion: .prefixedNo, help: "Make pairs of embeddings and head too.")
  var embedLora = false
  @Option(help: "Module to save whole: name or last component; may be repeated.")
  var saveModule: [String] = []
  @Option(
    name: [.short, .long], help: "Extract only modules that match this; may be repeated.")
  var includeRegex: [String] = []
  @Option(name: [.short, .long], help: "Leave out modules that match this; may be repeated.")
  var excludeRegex: [String] = []
  @Flag(help: "Leave out norms and what else cannot be a pair.") var skipUndecomposable = false
  @Option(help: "Type of the adapter: f32, bf16 or f16; as stored when not given.")
  var dtype: WeightType?
  @Option(help: "Decomposition: auto, exact or randomised.") var svd = SVDName.auto
  @Option(help: "Of the randomised decomposition.") var seed: UInt64 = 0
  @Flag(help: "Print the report as JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  enum SVDName: String, ExpressibleByArgument, CaseIterable { case auto, exact, randomised }

  func run() throws {
    let console = verbosity.makeConsole()
    let context = OptionContext(folder: ".")
    let extraction = try AdapterExtraction(
      model: modelLocation(model, context), base: modelLocation(base, context), baseName: base,
      settings: settings)
    let bar = ProgressBar(
      "extracting", total: extraction.moduleCount, unit: "modules", console: console)
    let report = try extraction.run(into: out) { done in
      bar.update(to: done)
      try Interruption.check()
    }
    bar.finish()
    for warning in report.warnings { console.warn(warning) }
    show(report, console)
  }

  private var settings: ExtractionSettings {
    var settings = ExtractionSettings()
    settings.maxRank = maxRank
    settings.singularValueFloor = svEpsilon
    settings.energyShare = energy
    settings.distributesScale = distributeScale
    settings.decomposesEmbeddings = embedLora
    settings.savedModules = saveModule
    settings.include = includeRegex
    settings.exclude = excludeRegex
    settings.skipsUndecomposable = skipUndecomposable
    settings.dtype = dtype?.dtype
    settings.method = ExtractionSettings.Method(rawValue: svd.rawValue) ?? .auto
    settings.seed = seed
    return settings
  }

  private func show(_ report: ExtractionReport, _ console: Console) {
    if json {
      var object = report.json
      object["path"] = .string(out)
      return print(object.serialized(pretty: true))
    }
    var table = TextTable(
      ["Module", "Becomes", "Rank", "Of", "Norm", "Error %"].map { TextTable.Column($0) })
    for module in report.modules {
      let percent = module.relativeError.map { TextTable.Cell.number(100 * $0, places: 4) }
      table.append([
        .text(module.name), .text(module.treatment.words),
        module.norm == nil ? .missing : .count(module.rank),
        module.norm == nil ? .missing : .count(module.fullRank),
        module.norm.map { .number($0, places: 4) } ?? .missing, percent ?? .missing,
      ])
    }
    table.show(asJSON: false)
    console.message(
      "\(out): \(report.count(.pair)) pairs of rank up to \(report.rank), "
        + "\(report.count(.whole)) modules saved whole, \(HumanFormat.bytes(Int64(report.byteCount)))"
        + ", \(HumanFormat.fixed(100 * report.relativeError, 4)) % of the difference lost")
  }
}

extension ExtractionReport.Module.Treatment {
  fileprivate var words: String {
    switch self {
    case .pair: "pair"
    case .whole: "saved whole"
    case .omitted: "nothing (rank 0)"
    case .leftOut: "left out"
    }
  }
}
