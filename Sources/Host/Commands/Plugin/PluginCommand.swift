import ArgumentParser

/// `crucible plugin …`
struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "List plugins and explain their options.",
    subcommands: [
      PluginListCommand.self,
      PluginInfoCommand.self,
    ])
}
