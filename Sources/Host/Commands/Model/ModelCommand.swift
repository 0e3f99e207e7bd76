import ArgumentParser

/// `crucible model …`
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look at models, convert them, make new ones.",
    subcommands: [
      InspectCommand.self, LogitsCommand.self, ConvertCommand.self, NewCommand.self,
      LoRAExtractCommand.self, MixtureCommand.self, TransplantCommand.self,
      StatisticsCommand.self, CocktailCommand.self,
    ])
}
