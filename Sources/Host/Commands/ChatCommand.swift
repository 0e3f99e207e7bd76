import ArgumentParser
import Foundation
import PluginAPI

/// `crucible chat`
struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Talk with a model, line by line.",
    discussion: "Ends at end of input or with /quit; /clear forgets the conversation.")

  @Argument(help: "Model reference.") var model: String
  @Option(help: "System message.") var system: String?
  @Option(help: "0 is greedy.") var temperature = 0.8
  @Option(help: "Keep the smallest set of tokens that reaches this probability.") var topP = 0.95
  @Option(help: "Longest answer, in tokens.") var maxTokens = 512
  @Option(help: "Every random number follows from it.") var seed: UInt64 = 42

  func validate() throws {
    try checkDrawing(temperature: temperature, maxTokens: maxTokens)
    guard topP > 0, topP <= 1 else { throw ValidationError("--top-p must be above 0, at most 1") }
  }

  func run() throws {
    let handle = try CommandModel(model).handle
    let open = try handle.open()
    let start = system.map { [Message(role: "system", content: $0)] } ?? []
    var conversation = start
    let isTerminal = isatty(STDIN_FILENO) == 1
    while let line = nextLine(isTerminal) {
      switch line.trimmingCharacters(in: .whitespaces) {
      case "": continue
      case "/quit": return
      case "/clear": conversation = start
      default:
        conversation.append(Message(role: "user", content: line))
        let request = GenerationRequest(messages: conversation, samples: [0], seed: seed)
        let settings = SamplingSettings(
          temperature: temperature, topP: topP, maxTokens: maxTokens)
        let answer = try open.generate([request], settings: settings) { _, _ in }.first?.first
        guard let answer else {
          throw Problem(.failed, at: model, "gave no answer")
        }
        print(answer.text)
        conversation.append(Message(role: "assistant", content: answer.text))
      }
    }
  }

  private func nextLine(_ isTerminal: Bool) -> String? {
    if isTerminal { FileHandle.standardError.write(Data("> ".utf8)) }
    return readLine()
  }
}
