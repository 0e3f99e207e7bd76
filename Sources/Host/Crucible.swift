import ArgumentParser

@main
struct Crucible: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crucible", abstract: "Fuse language models: implicit, explicit, merging.")
}
