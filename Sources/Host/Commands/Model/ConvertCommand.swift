import ArgumentParser
import PluginAPI

/// `crucible model convert`
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model as a Hugging Face directory with other numbers.",
    discussion: "Reads Hugging Face directories and .gguf files; OUT appears whole or not at all.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case safetensors }

  @Argument(help: "Directory or .gguf file.") var model: String
  @Argument(help: "Directory to make.") var out: String
  @Option(help: "f32, bf16 or f16.") var dtype = WeightType.f32
  @Option(help: "What to write.") var format = Format.safetensors
  @OptionGroup var verbosity: Verbosity

  func run() throws {
    let console = verbosity.makeConsole()
    let source = modelLocation(model, OptionContext(folder: "."))
    let decoder = try convertModel(at: source, to: out, dtype: dtype.dtype)
    for warning in decoder.warnings { console.message("warning: \(warning)") }
    console.message("\(out): \(decoder.parameterCount) parameters as \(dtype.rawValue)")
  }
}

extension WeightType: @retroactive ExpressibleByArgument {}
