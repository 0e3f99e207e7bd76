import ArgumentParser

/// `crucible plugin …`
struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin",
    abstract: "List plugins, explain them, write, build and test one of your own.",
    subcommands: [
      PluginListCommand.self,
      PluginInfoCommand.self,
      PluginNewCommand.self,
      PluginBuildCommand.self,
      PluginTestCommand.self,
      PluginDoctorCommand.self,
      PluginProbeCommand.self,
    ])
}
