import ArgumentParser

/// `crucible model …`
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look at models, convert them, make new ones.",
    subcommands: [
      InspectCommand.self, LogitsCommand.self, ConvertCommand.self, NewCommand.self,
      TransplantCommand.self, MixtureCommand.self,
    ])
}
