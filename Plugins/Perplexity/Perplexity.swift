import Foundation
import PluginAPI

/// How likely a response is under a model, given its prompt.
final class PerplexityReward: ExplainingReward {
  static let name = "perplexity"
  static let summary = "Mean log-probability of the response under a model, given the prompt."

  enum Unit: String, OptionChoice { case token, byte, response }

  struct Options: PluginOptions {
    @Setting("The model that reads the response.") var model: ModelHandle?
    @Setting("Score: nats a token, nats a byte, or of the whole response.") var per = Unit.token
    @Setting("Give -perplexity, −exp(−score), in place of the log-probability.")
    var exponential = false
    @Setting("Longest prompt and response, in tokens; longer ones fail.", in: 2...)
    var maxLength = 2048
  }

  private let handle: ModelHandle
  private let options: Options

  init(_ options: Options) throws {
    guard let handle = options.model else {
      throw OptionError("model", "none", "a model is needed, which reads the responses")
    }
    self.handle = handle
    self.options = options
  }

  var identity: String {
    get throws {
      let shots = JSON.array(handle.fewShot.map(\.json)).serialized()
      return SHA256.hex(of: "\(try handle.open().identity)\n\(shots)")
    }
  }

  /// One score ≤ 0 per completion: Σ log p(token | prompt, tokens before) over the response's
  /// tokens, divided by what `per` says.
  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let model = try handle.openDecoder(to: "read responses")
    let limit = min(options.maxLength, model.decoder.config.maximumLength)
    var scores = [RewardScore](repeating: RewardScore(.nan), count: batch.count)
    var texts: [Text] = []
    for (index, completion) in batch.enumerated() {
      let text = try text(completion, index, model)
      if text.response.isEmpty {
        scores[index] = RewardScore(failure: "the response is empty")
      } else if text.count > limit {
        scores[index] = RewardScore(failure: "\(text.count) tokens exceed the limit of \(limit)")
      } else {
        texts.append(text)
      }
    }
    for range in SequenceLayout.passes(lengths: texts.map(\.count)) {
      let pass = texts[range]
      for (text, sum) in zip(pass, sums(pass, model)) {
        scores[text.row] = RewardScore(score(sum, text, batch[text.row]))
      }
    }
    return scores
  }

  /// A row in the model's tokens.
  private struct Text {
    var row: Int
    var prompt: [Int32]
    var response: [Int32]
    var count: Int { prompt.count + response.count }
  }

  private func text(_ completion: Completion, _ row: Int, _ model: LoadedModel) throws -> Text {
    // Plain turns end in "Assistant:", which a space follows.
    let space = model.template == nil ? " " : ""
    let response = completion.response
    return Text(
      row: row, prompt: try model.chatPromptIDs(handle.fewShot + completion.prompt.messages),
      response: response.isEmpty ? [] : try model.textIDs(space + response))
  }

  /// Summed log-probs of each response, in nats.
  private func sums(_ pass: ArraySlice<Text>, _ model: LoadedModel) -> [Double] {
    let result = model.decoder.tokenLogProbs(
      Tape(recording: false), ids: pass.flatMap { $0.prompt + $0.response },
      layout: SequenceLayout(lengths: pass.map(\.count)),
      labels: pass.flatMap { text in
        text.prompt.map { _ in DecoderModel.ignoredLabel } + text.response
      })
    var rest = result.logProbs.value.floats()[...]
    return result.counts.map { count in
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reduce(0) { $0 + Double($1) }
    }
  }

  private func score(_ sum: Double, _ text: Text, _ completion: Completion) -> Float {
    let logProb =
      switch options.per {
      case .token: sum / Double(text.response.count)
      case .byte: sum / Double(completion.response.utf8.count)
      case .response: sum
      }
    return Float(options.exponential ? -exp(-logProb) : logProb)
  }
}

@c(crucible_plugin_Perplexity)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Perplexity", version: "1.0.0", summary: PerplexityReward.summary,
    rewards: [PerplexityReward.self])
}
