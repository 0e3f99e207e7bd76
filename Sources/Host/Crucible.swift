import ArgumentParser
import Foundation
import PluginAPI

@main
struct Crucible: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crucible",
    abstract: "Fuse language models: many good ones into one better one.",
    version: "0.1.0",
    subcommands: [
      RunCommand.self,
      ValidateCommand.self,
      CompareCommand.self,
      MergeCommand.self,
      SampleCommand.self,
      ScoreCommand.self,
      EvalCommand.self,
      ChatCommand.self,
      ModelCommand.self,
      TokenizeCommand.self,
      TemplateCommand.self,
      AlignCommand.self,
      PluginCommand.self,
      BenchCommand.self,
      InstallCommand.self,
      IsolatedRewardCommand.self,
    ])

  /// Like ParsableCommand's own, but errors of ours carry their own exit codes.
  static func main() {
    // A file that passes the limit of its size is an error of the write, not the end.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
      try flushOutput()
    } catch {
      Failure.exit(with: error)
    }
  }

  /// What was printed lies in a buffer: only now it shows that it cannot be written.
  private static func flushOutput() throws(Problem) {
    guard fflush(nil) != 0 else { return }
    throw Problem(
      .inputOutput, at: "stdout", "cannot be written: \(String(cString: strerror(errno)))")
  }
}
