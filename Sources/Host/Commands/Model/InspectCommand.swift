import ArgumentParser
import PluginAPI

/// `crucible model inspect`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "What a model is, and the memory it will need.",
    discussion: """
      With --check, opens PATH fully and says what is wrong with it: headers, shapes against the \
      config, tokenizer, template. PATH may then also be a bare .safetensors file or an adapter \
      directory.
      """)

  @Argument(help: "Directory, .gguf file, or with --check any model file.") var model: String
  @Flag(help: "Open everything and report every fault.") var check = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let path = modelLocation(model, OptionContext(folder: "."))
    if check {
      try ModelCheck(path: path).run()
      return print(
        json ? JSON.object(["path": .string(path), "ok": true]).serialized() : "\(path): ok")
    }
    let summary = try ModelSummary.read(path)
    if json { return print(summary.json.serialized(pretty: true)) }
    for (key, value) in summary.lines {
      print("\(key):".padding(toLength: 16, withPad: " ", startingAt: 0) + value)
    }
  }
}
