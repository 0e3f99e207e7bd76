import ArgumentParser
import Merging
import PluginAPI

/// `crucible model transplant-tokenizer`
struct TransplantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transplant-tokenizer",
    abstract: "Give a model the tokenizer and vocabulary of another one.",
    discussion: """
      OUT is MODEL with the vocabulary and tokenizer of DONOR. Tokens that both have keep their rows; \
      the rows of the others are approximated, for embedding and head separately. OUT appears whole \
      or not at all.
      """)

  @Argument(help: "Folder of the model to change.") var model: String
  @Argument(help: "Folder of the model whose tokenizer it gets.") var donor: String
  @Argument(help: "Folder to make.") var out: String
  @Option(name: [.customShort("a"), .long], help: "How missing rows are made.")
  var approximationMethod = TransplantMethod.omp
  @Option(name: [.customShort("k"), .customLong("k")], help: "Shared rows a new row is made of.")
  var neighbours = 64
  @Option(help: "What near means for common_interpolation.") var knn = RowDistance.euclidean
  @Flag(name: [.customShort("c"), .long], help: "The same as --knn cosine.")
  var cosineSimilarity = false
  @Option(name: [.customShort("w"), .long], help: "Weights of common_interpolation.")
  var weightScheme = NeighbourWeights.distanceProportional
  @Option(name: [.customShort("s"), .long], help: "How the rows of a token's pieces are joined.")
  var subwordMethod = SubwordMethod.mean
  @Option(help: "Where a token may take the row of its longest beginning.")
  var prefixMatch = MatchScope.no
  @Option(help: "Where byte tokens may match characters.") var byteMatch = MatchScope.no
  @Flag(inversion: .prefixedNo, help: "Do not go by badly trained tokens.") var magikarp = false
  @Option(help: "Every random row follows from it.") var seed: UInt64 = 0
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    guard TransplantOptions.neighbourRange.contains(neighbours) else {
      throw ValidationError("-k must be in 1...\(TransplantOptions.neighbourRange.upperBound)")
    }
  }

  func run() throws {
    let console = verbosity.makeConsole()
    let context = OptionContext(folder: ".")
    let report = try transplantTokenizer(
      model: modelLocation(model, context), donor: modelLocation(donor, context), to: out,
      options: options
    ) { tensor, done, total in
      console.detail("\(tensor): \(done) of \(total) rows approximated")
    }
    for warning in report.warnings { console.warn(warning) }
    if json { return print(report.json.serialized(pretty: true)) }
    for matrix in report.matrices { print(line(matrix)) }
    console.message("\(out): \(report.rows) tokens")
  }

  private var options: TransplantOptions {
    var options = TransplantOptions()
    options.method = approximationMethod
    options.neighbours = neighbours
    options.distance = cosineSimilarity ? .cosine : knn
    options.weights = weightScheme
    options.subword = subwordMethod
    options.prefixMatch = prefixMatch
    options.byteMatch = byteMatch
    options.skipsUndertrained = magikarp
    options.seed = seed
    return options
  }

  /// `model.embed_tokens.weight: 256 shared, 2 approximated`, and what else there is.
  private func line(_ matrix: TransplantReport.Matrix) -> String {
    var parts = ["\(matrix.shared) shared"]
    if matrix.byBytes > 0 { parts.append("\(matrix.byBytes) matched by bytes") }
    if matrix.byPrefix > 0 { parts.append("\(matrix.byPrefix) matched by prefix") }
    parts.append("\(matrix.approximated) approximated")
    if matrix.zero > 0 { parts.append("\(matrix.zero) zero") }
    return "\(matrix.name): \(parts.joined(separator: ", "))"
  }
}

extension TransplantMethod: @retroactive ExpressibleByArgument {}
extension RowDistance: @retroactive ExpressibleByArgument {}
extension NeighbourWeights: @retroactive ExpressibleByArgument {}
extension SubwordMethod: @retroactive ExpressibleByArgument {}
extension MatchScope: @retroactive ExpressibleByArgument {}
