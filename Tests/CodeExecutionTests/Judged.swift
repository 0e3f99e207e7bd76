import PluginAPI
import Processes

@testable import CodeExecution

/// Whether this machine has what most tests here need: Python, and a way to confine it.
let canRun =
  (try? Confinement.all.check()) != nil && (try? ProcessCommand(["python3"]).check()) != nil

func row(_ fields: JSONObject, _ response: String, prompt: String = "") -> Completion {
  let turns = [Message(role: "user", content: prompt)]
  let prompt = Prompt(id: "p", messages: turns, fields: fields, place: "train.jsonl:7")
  return Completion(prompt: prompt, response: response)
}

func tests(_ texts: String...) -> JSONObject { ["tests": .array(texts.map { .string($0) })] }

func pairs(_ pairs: (String, String)...) -> JSONObject {
  ["tests": .array(pairs.map { .object(["input": .string($0.0), "output": .string($0.1)]) })]
}

/// The score of one response.
func judged(
  _ fields: JSONObject, _ response: String, prompt: String = "",
  _ change: (inout CodeExecutionReward.Options) -> Void = { _ in }
) throws -> RewardScore {
  var options = CodeExecutionReward.Options()
  options.workers = 1
  change(&options)
  return try CodeExecutionReward(options).judge([row(fields, response, prompt: prompt)])[0]
}

extension RewardScore {
  func part(_ name: String) -> Float? { parts.first { $0.name == name }?.value }
  /// The class of the first error.
  var error: String? {
    parts.first { $0.name.hasPrefix("error:") }.map { String($0.name.dropFirst(6)) }
  }
}
