import Foundation
import Merging
import Testing

@testable import Modeling

/// The measured Fisher information against plain loops and against finite differences.
struct FisherStatisticTests {
  private let sequences = [
    tinySequence([5, 9, 13, 7, 22, 40]), tinySequence([3, 60, 31, 8], prompt: 2),
    tinySequence([17, 17, 4, 50, 33], prompt: 1),
  ]

  @Test(arguments: ["llama", "gpt2", "phi3"])
  func isTheMeanOfSquaredGradientsOfEachText(family: String) throws {
    let model = try tinyDecoder(family)
    let found = try FisherStatistic(labels: .data).collect(model, name: family, over: sequences)
    // The plain way: one text after another, the checkpoint's gradients, squares in double.
    let policy = model.makeTrainable()
    var sums: [String: [Double]] = [:]
    for sequence in sequences {
      policy.clearGradients()
      let tape = Tape()
      let result = policy.tokenLogProbs(
        tape, ids: sequence.ids, layout: SequenceLayout(lengths: [sequence.ids.count]),
        labels: sequence.labels)
      let ones = [Float](repeating: 1, count: result.rows.count)
      tape.backward(from: result.logProbs, dOutput: Tensor(ones, shape: [ones.count]))
      for (name, gradient) in policy.gradients() {
        let squares = gradient.floats().map { Double($0) * Double($0) / 3 }
        sums[name] = zip(sums[name] ?? squares.map { _ in 0 }, squares).map { $0 + $1 }
      }
    }
    #expect(found.map(\.name) == model.checkpointTensors.map(\.name) + ["#norm"])
    for ((name, tensor), stored) in zip(found, model.checkpointTensors) {
      #expect(tensor.shape == stored.tensor.shape)
      let wanted = (sums[name] ?? []).map { Float($0) }
      #expect(relativeDifference(tensor.floats(), wanted) < 1e-6, "three f32 terms: \(name)")
    }
    let norm = sums.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(Double(found.last?.tensor.floats().first ?? .nan) / norm - 1) < 1e-6)
  }

  @Test func isTheSquareOfAFiniteDifference() throws {
    let model = try tinyDecoder("llama")
    let sequence = sequences[0]
    let found = try FisherStatistic(labels: .data).collect(model, name: "tiny", over: [sequence])
    func logProb(_ name: String, _ element: Int, moved step: Float) -> Double {
      let copy = model.snapshot()
      let weight = copy.parameters.first { $0.name == name }?.variable.value
      weight?.vector(element..<element + 1)[0] += step
      return copy.tokenLogProbs(
        Tape(recording: false), ids: sequence.ids,
        layout: SequenceLayout(lengths: [sequence.ids.count]), labels: sequence.labels
      ).logProbs.value.floats().reduce(0) { $0 + Double($1) }
    }
    for name in [
      "model.layers.0.self_attn.k_proj.weight", "model.layers.1.mlp.gate_proj.weight",
      "model.norm.weight", "lm_head.weight",
    ] {
      let values = found.first { $0.name == name }?.tensor.floats() ?? []
      let element = values.indices.max { values[$0] < values[$1] } ?? 0
      let step: Float = 1e-2
      let slope =
        (logProb(name, element, moved: step) - logProb(name, element, moved: -step))
        / Double(2 * step)
      #expect(
        abs(slope * slope / Double(values[element]) - 1) < 0.02,
        "central differences of f32 log-probs: \(name) \(slope * slope), \(values[element])")
    }
  }

  @Test func drawnLabelsFollowTheModelAndTheSeed() throws {
    let model = try tinyDecoder("llama")
    func measured(_ labels: FisherStatistic.Labels, seed: UInt64) throws -> [Float] {
      try FisherStatistic(labels: labels, seed: seed)
        .collect(model, name: "tiny", over: sequences).flatMap { $0.tensor.floats() }
    }
    let one = try measured(.model, seed: 1)
    #expect(try one == measured(.model, seed: 1))
    #expect(try one != measured(.model, seed: 2))
    #expect(try one != measured(.data, seed: 1))
  }

  /// 20,000 draws behind one text, counted.
  @Test func drawsComeWithTheModelsProbabilities() throws {
    let model = try tinyDecoder("llama")
    let hidden = model.hidden(
      Tape(recording: false), ids: [5, 9, 13], layout: SequenceLayout(lengths: [3]))
    let count = 20_000
    let last = hidden.value.rows(2..<3).floats()
    let rows = Tensor([Float]((0..<count).flatMap { _ in last }), shape: [count, last.count])
    let drawn = model.drawnTokens(hidden: rows, random: CounterRNG(seed: 3))
    let logits = model.logits(ids: [5, 9, 13], layout: SequenceLayout(lengths: [3]))
      .rows(2..<3).floats().map(Double.init)
    let top = logits.max() ?? 0
    let total = logits.reduce(0) { $0 + exp($1 - top) }
    for token in logits.indices {
      let probability = exp(logits[token] - top) / total
      let share = Double(drawn.count { $0 == Int32(token) }) / Double(count)
      let deviation = (probability * (1 - probability) / Double(count)).squareRoot()
      #expect(abs(share - probability) <= 5 * deviation + 1e-4, "token \(token)")
    }
  }

  @Test func nonFiniteGradientsAreRefused() throws {
    let model = try tinyDecoder("llama").snapshot()
    model.parameters[3].variable.value.vector(0..<1)[0] = .nan
    #expect(throws: Problem.self) {
      try FisherStatistic().collect(model, name: "tiny", over: sequences)
    }
  }
}
