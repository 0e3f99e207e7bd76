import ArgumentParser

/// `crucible plugin …`
struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin",
    abstract: "List plugins, explain their options, find out why one does not load.",
    subcommands: [
      PluginListCommand.self,
      PluginInfoCommand.self,
      PluginDoctorCommand.self,
      PluginProbeCommand.self,
    ])
}
