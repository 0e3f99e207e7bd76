import ArgumentParser
import Foundation
import Merging
import PluginAPI

/// `crucible model moe`
struct MixtureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "moe",
    abstract: "Make a mixture of experts out of dense models.",
    discussion: """
      CONFIG is a mergekit-moe file: base_model, experts with prompts, gate_mode. Paths in it are \
      looked up from here, then from the folder of CONFIG, then as names in the Hugging Face cache. \
      OUT appears whole or not at all.
      """)

  @Argument(help: "The YAML file.") var config: String
  @Argument(help: "Folder to make.") var out: String
  @Option(help: "fused for current transformers, legacy for older loaders.")
  var layout = MixtureLayout.fused
  @Option(help: "Random gates and noise follow from it.") var seed: UInt64 = 0
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func run() throws {
    let console = verbosity.makeConsole()
    let mixture = try MixtureConfig.read(file: config)
    var options = MixtureOptions()
    options.layout = layout
    options.seed = seed
    let report = try buildMixture(mixture, to: out, options: options, resolve: location) {
      console.detail("\($0): \($1) of \($2)")
    }
    for warning in report.warnings { console.warn(warning) }
    if json { return print(report.json.serialized(pretty: true)) }
    console.message(
      "\(out): \(report.architecture) with \(report.experts) experts in each of \(report.layers) "
        + "layers, \(report.parameters) parameters")
  }

  private func location(_ reference: String) -> String {
    let here = modelLocation(reference, OptionContext(folder: "."))
    if FileManager.default.fileExists(atPath: here) { return here }
    let beside = OptionContext(folder: folderName(of: config)).resolve(reference)
    return FileManager.default.fileExists(atPath: beside) ? beside : here
  }
}

extension MixtureLayout: @retroactive ExpressibleByArgument {}
