import Foundation
import PluginAPI

@testable import Judge

/// Replies by a rule, from the question's text.
final class Rule: LanguageModel {
  let identity: String
  let reply: @Sendable (_ question: String) -> String?

  init(identity: String = "rule", _ reply: @escaping @Sendable (String) -> String?) {
    self.identity = identity
    self.reply = reply
  }

  func generate(
    _ requests: [GenerationRequest], settings: SamplingSettings,
    progress: (Int, Int) throws -> Void
  ) throws -> [[Generation]] {
    requests.map { request in
      guard let text = reply(request.messages.last?.content ?? "") else { return [] }
      return [Generation(text: text, tokenIDs: [], finish: .stop, logProb: 0)]
    }
  }
}

func handle(_ model: any LanguageModel, fewShot: [Message] = []) -> ModelHandle {
  ModelHandle(reference: ModelReference(location: "judge", name: "judge"), fewShot: fewShot) { _ in
    model
  }
}

/// A judge with options set by `change`.
func judge(
  _ model: any LanguageModel, _ change: (inout JudgeOptions) -> Void = { _ in }
) throws -> JudgeReward {
  var options = JudgeOptions()
  options.model = handle(model)
  change(&options)
  return try JudgeReward(options)
}

func yaml(_ text: String) throws -> YAMLNode {
  try YAML.parse(text, source: "test.yaml")
}

/// Responses to one prompt.
func completions(
  _ responses: [String], prompt: String = "Say something.", id: String = "p",
  reference: String? = nil
) -> [Completion] {
  let prompt = Prompt(
    id: id, messages: [Message(role: "user", content: prompt)], reference: reference)
  return responses.map { Completion(prompt: prompt, response: $0) }
}

/// A seeded model of two layers, in whose vocabulary the words of answers are tokens of their own
/// (without a space before them) when `knowsWords`.
func tinyModel(
  positions: Int = 4096, knowsWords: Bool = true, template: Bool = true, seed: UInt64 = 3
) throws -> LoadedModel {
  let config: JSON = [
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32,
    "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": .int(Int64(positions)),
    "initializer_range": 0.3,
  ]
  let words = knowsWords ? "yes no Yes No yes no Yes No " : "other texts "
  return try LoadedModel.new(
    config: config, source: "tiny",
    trainer: TokenizerTrainer(
      kind: .byteLevelBPE, vocabularySize: 300, specialTokens: ["<|end|>"]),
    texts: (0..<40).map { _ in words },
    roles: TokenRoles(eos: "<|end|>"),
    template: template ? "{{ messages[-1].content }}<|end|>" : nil, seed: seed)
}

/// log p(text | prompt) from all logits, in double.
func logProb(_ model: LoadedModel, _ prompt: [Int32], _ text: String) throws -> Double {
  var ids = prompt
  return try model.textIDs(text).reduce(0) { sum, id in
    let logits = model.decoder.logits(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
    let last = logits.floats().suffix(logits.width).map(Double.init)
    ids.append(id)
    return sum + last[Int(id)] - log(last.reduce(0) { $0 + exp($1) })
  }
}
