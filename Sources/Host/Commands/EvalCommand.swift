import ArgumentParser
import PluginAPI

/// `crucible eval`
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Answer prompts and average the scores per skill.")

  @Argument(help: "Model reference.") var model: String
  @Option(help: "JSON Lines file of prompts.") var data: String
  @Option(help: "Reward; may be repeated, scores are added.") var reward = ["verifiable"]
  @Option(help: "Rows shown before every prompt (JSON Lines).") var fewShot: String?
  @Option(help: "Responses a prompt; scores are averaged.") var n = 1
  @Option(help: "0 is greedy.") var temperature = 0.0
  @Option(help: "Longest response, in tokens.") var maxTokens = 256
  @Option(help: "Every random number follows from it.") var seed: UInt64 = 42
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    guard (1...1000).contains(n) else { throw ValidationError("--n must be in 1...1000") }
    try checkDrawing(temperature: temperature, maxTokens: maxTokens)
  }

  func run() throws {
    let console = verbosity.makeConsole()
    let prompts = try PromptFile.prompts(path: data)
    let rewards = try reward.map { try makeReward($0, options: []) }
    let handle = try CommandModel(model, fewShot: fewShot).handle
    let settings = SamplingSettings(temperature: temperature, maxTokens: maxTokens)
    let requests = prompts.map {
      GenerationRequest(
        messages: handle.fewShot + $0.messages, samples: Array(0..<n), seed: seed)
    }
    let bar = ProgressBar(
      "answering", total: prompts.count * n, unit: "responses", console: console)
    let answers = try handle.open().generate(requests, settings: settings) { finished, tokens in
      try Interruption.check()
      bar.update(to: finished, note: "\(tokens) tokens")
    }
    bar.finish()
    let completions = zip(prompts, answers).flatMap { prompt, answers in
      answers.map {
        Completion(
          prompt: prompt, response: $0.text, tokenIDs: $0.tokenIDs, modelName: handle.name)
      }
    }
    var sums = [Double](repeating: 0, count: completions.count)
    for reward in rewards {
      for (index, score) in try reward.judge(completions).enumerated() {
        sums[index] += Double(score)
      }
    }
    let row = ResultsTable.Row(label: handle.name, completions: completions, scores: sums)
    let table = ResultsTable(rows: [row])
    if json { return print(table.json().serialized(pretty: true)) }
    table.table.show(asJSON: false)
  }
}
