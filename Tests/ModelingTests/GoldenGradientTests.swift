import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Modeling

let goldenGradients = [
  "gemma2", "gemma3_text", "gpt2", "gpt_neox", "granite", "llama_bf16", "llama_gqa", "llama_tied",
  "mistral_window", "olmo2", "phi3_longrope", "qwen2", "qwen3", "smollm3", "starcoder2",
]

@Suite(.enabled(if: goldensExist))
struct GoldenGradientTests {
  @Test(arguments: goldenGradients + goldenClassifiers, [false, true])
  func gradientsMatch(_ name: String, recompute: Bool) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open().makeTrainable()
    let loss = try trainingLoss(model, golden, recompute: recompute)
    #expect(abs(loss - (try golden.floats("train.loss")[0])) <= golden.tolerance("loss_atol"))

    let names = golden.tensors.names.filter { $0.hasPrefix("train.grad.") }
    let gradients = Dictionary(uniqueKeysWithValues: model.gradients().map { ($0.name, $0.tensor) })
    #expect(gradients.count == names.count)
    let largest = Float(golden.info["info"]?["grad_max_abs"]?.double ?? 0)
    for name in names {
      let wanted = try golden.floats(name)
      let found = try #require(gradients[String(name.dropFirst("train.grad.".count))])
      let scale = max(wanted.map(abs).max() ?? 0, 0.001 * largest)
      #expect(
        largestDifference(found.floats(), wanted) <= golden.tolerance("grad_rtol") * scale,
        "\(name)")
    }
  }

  @Test(arguments: goldenGradients + goldenClassifiers)
  func sixStepsOfAdamWMatch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open().makeTrainable()
    var optimiser = AdamW(
      parameters: model.parameters.map(\.variable), betas: (0.9, 0.95), eps: 1e-8,
      weightDecay: 0.1)
    let losses = try golden.floats("train.adamw.loss")
    let norms = try golden.floats("train.adamw.grad_norm")
    for step in 0..<6 {
      model.clearGradients()
      let loss = try trainingLoss(model, golden)
      let norm = clipGradients(model.parameters.map(\.variable), limit: 1)
      #expect(abs(loss - losses[step]) <= golden.tolerance("adamw_loss_atol"), "step \(step)")
      #expect(
        abs(Float(norm) - norms[step]) <= golden.tolerance("adamw_grad_norm_atol"), "step \(step)")
      optimiser.step(learningRate: 2e-3)
    }
    let parameter = try #require(golden.info["info"]?["adamw_param"]?.string)
    let value = try #require(model.checkpointTensors.first { $0.name == parameter })
    #expect(
      largestDifference(value.tensor.floats(), try golden.floats("train.adamw.param"))
        <= golden.tolerance("adamw_param_atol"))
  }
}

/// Runs forward and backward of the golden's training batch: mean cross-entropy over all labels,
/// or of pairs of scores.
func trainingLoss(
  _ model: DecoderModel, _ golden: GoldenCase, recompute: Bool = false
) throws -> Float {
  let batch = try golden.batch("train")
  let tape = Tape()
  if model.isClassifier {
    let scores = model.scores(
      tape, ids: batch.packed, layout: batch.layout, recompute: recompute)
    let values = scores.value.floats()
    var (loss, dScores) = (Float(0), [Float](repeating: 0, count: values.count))
    let pairs = values.count / 2
    for pair in 0..<pairs {
      let margin = values[2 * pair] - values[2 * pair + 1]
      loss += log1p(exp(-margin)) / Float(pairs)
      let slope = -1 / (1 + exp(margin)) / Float(pairs)
      (dScores[2 * pair], dScores[2 * pair + 1]) = (slope, -slope)
    }
    tape.backward(from: scores, dOutput: Tensor(dScores, shape: scores.value.shape))
    return loss
  }
  let labels = batch.packed(labels: try golden.ints("train.labels"))
  let result = model.tokenLogProbs(
    tape, ids: batch.packed, layout: batch.layout, labels: labels, recompute: recompute)
  let values = result.logProbs.value.floats()
  let weight = -1 / Float(values.count)
  tape.backward(
    from: result.logProbs,
    dOutput: Tensor(values.map { _ in weight }, shape: result.logProbs.value.shape))
  return values.reduce(0, +) * weight
}
