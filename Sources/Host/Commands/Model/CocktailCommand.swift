import ArgumentParser
import Merging

/// `crucible model cocktail`
struct CocktailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cocktail",
    abstract: "Weights for averaging models by their losses on a few examples (LM-Cocktail).",
    discussion: """
      The weights are softmax(−loss / temperature), for the merge method linear. Losses are means \
      over tokens, so the models should share a tokenizer. Rows of the data are texts, or prompts \
      with responses.
      """)

  @Argument(help: "Directories or .gguf files.") var models: [String]
  @Option(help: "JSON Lines file of examples of what the average is for.") var data: String
  @Option(help: "Small values favour the best model.") var temperature = 5.0
  @Option(help: "Rows at most; of more, so many are drawn.") var samples = 5
  @Option(help: "Decides which rows are drawn.") var seed: UInt64 = 42
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    guard models.count >= 2 else { throw ValidationError("give two models or more") }
    guard temperature.isFinite, temperature > 0 else {
      throw ValidationError("--temperature must be above 0")
    }
    try checkSamples(samples)
  }

  func run() throws {
    let console = verbosity.makeConsole()
    let set = try CalibrationSet(path: data, samples: samples, seed: seed)
    var losses: [Double] = []
    var vocabularies: [Int] = []
    for name in models {
      try Interruption.check()
      // One after another: only one is in memory.
      let model = try LoadedModel.open(modelLocation(name, OptionContext(folder: ".")))
      losses.append(try set.loss(of: model))
      vocabularies.append(model.tokenizer.vocabularySize)
    }
    if Set(vocabularies).count > 1 {
      console.warn("the models have different vocabularies: their losses do not compare")
    }
    show(losses, cocktailWeights(losses: losses, temperature: temperature))
  }

  private func show(_ losses: [Double], _ weights: [Double]) {
    var table = TextTable(["model", "loss", "weight"].map { TextTable.Column($0) })
    for (name, (loss, weight)) in zip(models, zip(losses, weights)) {
      table.append([.text(name), .number(loss, places: 4), .number(weight, places: 4)])
    }
    table.show(asJSON: json)
  }
}
