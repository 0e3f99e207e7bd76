import ArgumentParser
import PluginAPI

/// `crucible model logits`: what a model computes, for other tools to compare with.
struct LogitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Logits, log-probs, gradients or greedy tokens for given token ids.",
    discussion: """
      IN is a safetensors file with input_ids i64 [B,T], optionally attention_mask and labels \
      (-100: ignored). OUT gets logits f32 [B,T,V]; with labels also logprobs f32 [B,T] and \
      loss [1]; of a classifier scores f32 [B,labels].
      """)

  @Argument(help: "Directory or .gguf file.") var model: String
  @Option(help: "Safetensors file to read.") var input: String
  @Option(name: [.long, .customLong("output")], help: "Safetensors file to write.") var out: String
  @Flag(help: "Add grad.<tensor> of the loss; needs labels.") var gradients = false
  @Option(help: "Add this many greedy tokens a row, end tokens ignored.") var greedy: Int?

  func validate() throws {
    if let greedy, !(1...100_000).contains(greedy) {
      throw ValidationError("--greedy must be in 1...100000")
    }
  }

  func run() throws {
    let location = modelLocation(model, OptionContext(folder: "."))
    let decoder = try DecoderModel.open(location)
    let batch = try TokenBatch(path: input, for: decoder)
    var tensors: [(name: String, tensor: Tensor)] = []
    if decoder.isClassifier {
      guard !gradients, greedy == nil else {
        throw Problem(
          .usage, at: model, "is a classifier: it has no token loss and generates nothing",
          hint: "leave out --gradients and --greedy")
      }
      guard case .scores = decoder.config.output else {
        throw Problem(
          .usage, at: model,
          "weighs objectives by the prompt, whose end token ids do not tell",
          hint: "score conversations: crucible score classifier --option model=\(model)")
      }
      tensors.append(("scores", decoder.scores(ids: batch.ids, layout: batch.layout)))
    } else {
      let logits = decoder.logits(ids: batch.ids, layout: batch.layout)
      tensors.append(("logits", batch.spread(logits)))
      tensors += try loss(of: decoder, batch)
      if let greedy { tensors.append(try continuation(of: decoder, batch, length: greedy)) }
    }
    try SafetensorsWriter.write(tensors, to: out)
  }

  private func loss(
    of decoder: DecoderModel, _ batch: TokenBatch
  ) throws -> [(name: String, tensor: Tensor)] {
    guard let labels = batch.labels else {
      if gradients {
        throw Problem(.badData, at: input, "has no 'labels', which --gradients needs")
      }
      return []
    }
    let model = gradients ? decoder.makeTrainable() : decoder
    let tape = Tape(recording: gradients)
    let result = model.tokenLogProbs(tape, ids: batch.ids, layout: batch.layout, labels: labels)
    let values = result.logProbs.value.floats()
    guard !values.isEmpty else {
      throw Problem(
        .badData, at: input, "no label counts: all are -100 or stand first in their row",
        expected: "at least one label")
    }
    var logProbs = [Float](repeating: 0, count: batch.rows * batch.columns)
    for (value, row) in zip(values, result.rows) { logProbs[batch.places[row]] = value }
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    var tensors: [(name: String, tensor: Tensor)] = [
      ("logprobs", Tensor(logProbs, shape: [batch.rows, batch.columns])),
      ("loss", Tensor([Float(-mean)], shape: [1])),
    ]
    if gradients {
      let share = [Float](repeating: -1 / Float(values.count), count: values.count)
      tape.backward(from: result.logProbs, dOutput: Tensor(share, shape: [values.count]))
      tensors += model.gradients().map { ("grad.\($0.name)", $0.tensor) }
    }
    return tensors
  }

  private func continuation(
    of decoder: DecoderModel, _ batch: TokenBatch, length: Int
  ) throws -> (name: String, tensor: Tensor) {
    let generator = Generator(
      model: decoder, settings: SamplingSettings(temperature: 0, maxTokens: length),
      endTokens: [], decode: { _ in "" })
    let jobs = batch.sequences.map { GenerationJob(promptIDs: $0, samples: [0], seed: 0) }
    let tokens = try generator.generate(jobs) { _, _ in }.flatMap { samples in
      samples.flatMap { $0.tokenIDs.map(Int64.init) }
    }
    guard tokens.count == batch.rows * length else {
      throw Problem(
        .failed, at: model, "stopped after \(tokens.count) greedy tokens",
        expected: "\(batch.rows * length)", hint: "the model's longest context is reached")
    }
    return ("greedy", Tensor(tokens, shape: [batch.rows, length]))
  }
}
