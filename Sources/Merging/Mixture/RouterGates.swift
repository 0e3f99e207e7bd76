internal import Modeling
internal import PluginAPI

/// Makes the vectors that decide which expert a token goes to.
struct RouterGates {
  let mode: MixtureConfig.GateMode
  let base: DenseModel
  let seed: UInt64

  /// One vector of the model's width for each layer and expert: `[layer][expert]`.
  ///
  /// - Parameter progress: Told how many experts are done; may throw to stop.
  /// - Throws: `Problem` for a base that cannot be run, and for prompts without tokens.
  func vectors(
    of experts: [MixtureConfig.Expert], progress: (Int, Int) throws -> Void
  ) throws -> [[[Float]]] {
    guard mode.needsPrompts else { return randomVectors(count: experts.count) }
    let states: any PromptStates =
      mode == .cheapEmbed
      ? try EmbeddingStates(base)
      : try HiddenStates(base, averages: mode == .hiddenAverage)
    var byExpert: [[[Float]]] = []
    for (index, expert) in experts.enumerated() {
      var vectors = try states.vectors(of: expert.positivePrompts)
      if !expert.negativePrompts.isEmpty {
        let negative = try states.vectors(of: expert.negativePrompts)
        vectors = zip(vectors, negative).map { zip($0, $1).map { $0 - $1 } }
      }
      byExpert.append(vectors.map { normalised($0).map { Float($0) } })
      try progress(index + 1, experts.count)
    }
    return base.config.layers.indices.map { layer in byExpert.map { $0[layer] } }
  }

  /// N(0, 1), or uniform up to ±1/√C as linear layers start.
  private func randomVectors(count: Int) -> [[[Float]]] {
    let width = base.config.width
    let bound = 1 / Double(width).squareRoot()
    return base.config.layers.indices.map { layer in
      (0..<count).map { expert in
        let random = CounterRNG(seed: seed, stream: 0x6A7E)
          .substream(UInt64(layer)).substream(UInt64(expert))
        return (0..<UInt64(width)).map { index in
          Float(
            mode == .random ? random.normal(index) : bound * (2 * random.uniform(index) - 1))
        }
      }
    }
  }
}

/// What a model makes of prompts, layer by layer.
private protocol PromptStates {
  /// One vector of the model's width for each layer.
  func vectors(of prompts: [String]) throws -> [[Double]]
}

/// Hidden states that enter each layer, averaged over the prompts.
private struct HiddenStates: PromptStates {
  let averages: Bool
  private let model: DecoderModel
  private let tokens: PromptTokens

  init(_ base: DenseModel, averages: Bool) throws {
    self.averages = averages
    model = try DecoderModel.open(base.folder)
    tokens = try PromptTokens(base)
  }

  func vectors(of prompts: [String]) throws -> [[Double]] {
    let zero = [Double](repeating: 0, count: model.config.width)
    var sums = model.config.layers.map { _ in zero }
    for prompt in prompts {
      let ids = try tokens.ids(of: prompt)
      let states = model.hiddenStates(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
      let rows = averages ? 0..<ids.count : ids.count - 1..<ids.count
      let share = 1 / Double(rows.count * prompts.count)
      for layer in sums.indices {
        for row in rows {
          addScaled(states[layer].rows(row..<row + 1).floats(), by: share, to: &sums[layer])
        }
      }
    }
    return sums
  }
}

/// The sum of the token embeddings of all prompts, of length 1; the same for all layers.
private struct EmbeddingStates: PromptStates {
  private let embedding: Tensor
  private let layers: Int
  private let tokens: PromptTokens

  init(_ base: DenseModel) throws {
    embedding = try base.tensor("model.embed_tokens.weight", as: .f32)
    layers = base.config.layers.count
    tokens = try PromptTokens(base)
  }

  func vectors(of prompts: [String]) throws -> [[Double]] {
    var sum = [Double](repeating: 0, count: embedding.width)
    for id in try prompts.flatMap(tokens.ids) {
      addScaled(embedding.rows(Int(id)..<Int(id) + 1).floats(), by: 1, to: &sum)
    }
    return Array(repeating: normalised(sum), count: layers)
  }
}

/// Prompts as the base model reads them: its beginning-of-text token, then the text.
private struct PromptTokens {
  private let tokenizer: Tokenizer
  private let base: DenseModel

  init(_ base: DenseModel) throws {
    self.base = base
    tokenizer = try Tokenizer.load(directory: base.folder)
  }

  func ids(of prompt: String) throws -> [Int32] {
    let ids = try tokenizer.encodeIDs((tokenizer.specialTokens["bos_token"] ?? "") + prompt)
    guard !ids.isEmpty else {
      throw Problem(
        .badConfiguration, at: base.reference, "prompt \(quoted(prompt)) has no tokens",
        expected: "a text")
    }
    if let id = ids.first(where: { Int($0) >= base.config.vocabularySize }) {
      throw Problem(
        .badData, at: base.folder,
        "prompt \(quoted(prompt)) has token \(id), the embedding \(base.config.vocabularySize) rows",
        hint: "tokenizer and weights do not belong together")
    }
    return ids
  }
}

private func normalised(_ vector: [Double]) -> [Double] {
  let length = max(dot(vector, vector).squareRoot(), 1e-8)
  return vector.map { $0 / length }
}
