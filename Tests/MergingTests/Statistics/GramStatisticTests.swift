import Foundation
import Testing

@testable import Merging

/// Measured inner products against activations that are computed by hand.
struct GramStatisticTests {
  private let sequences = [
    tinySequence([5, 9, 13, 7, 22, 40]), tinySequence([3, 60, 31, 8]), tinySequence([17, 4]),
  ]

  private func grams(
    _ model: DecoderModel, _ sequences: [TrainingRow.Sequence],
    memory: Int = GramStatistic.usualMemory
  ) throws -> [String: Tensor] {
    try withTemporaryFolder { folder in
      let path = StatisticKind.gram.path(in: folder)
      try GramStatistic(model, name: "tiny", over: sequences, memory: memory).write(to: path)
      let file = try SafetensorsFile(path: path)
      return try Dictionary(
        uniqueKeysWithValues: file.names.map { name in
          let tensor = try file.tensor(name)
          return (
            name, tensor.dtype == .f32 ? Tensor(tensor.floats(), shape: tensor.shape) : tensor
          )
        })
    }
  }

  /// Mean of xᵀx in double.
  private func gram(_ rows: [[Float]]) -> [Float] {
    let width = rows.first?.count ?? 0
    var sums = [Double](repeating: 0, count: width * width)
    for row in rows {
      for i in 0..<width {
        for j in 0..<width { sums[i * width + j] += Double(row[i]) * Double(row[j]) }
      }
    }
    return sums.map { Float($0 / Double(rows.count)) }
  }

  private func rows(_ tensor: Tensor) -> [[Float]] {
    (0..<tensor.rows).map { tensor.rows($0..<$0 + 1).floats() }
  }

  private func weight(_ model: DecoderModel, _ name: String) -> [[Float]] {
    model.parameters.first { $0.name == name }.map { rows($0.variable.value) } ?? []
  }

  private func product(_ weight: [[Float]], _ x: [Float]) -> [Float] {
    weight.map { row in Float(zip(row, x).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }) }
  }

  /// x / rms(x); the norms of new models have weights of 1.
  private func normed(_ x: [Float]) -> [Float] {
    let mean = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count)
    return x.map { Float(Double($0) / (mean + 1e-6).squareRoot()) }
  }

  @Test func layersSeeTheNormedStatesOfAllTokens() throws {
    let model = try tinyDecoder("llama")
    let found = try grams(model, sequences)
    var inputs: [[[Float]]] = [[], [], []]
    for sequence in sequences {
      let states = model.hiddenStates(
        ids: sequence.ids, layout: SequenceLayout(lengths: [sequence.ids.count]))
      for layer in 0..<2 { inputs[layer] += rows(states[layer]).map(normed) }
      inputs[2] += rows(states[2])
    }
    for layer in 0..<2 {
      for part in ["q_proj", "k_proj", "v_proj"] {
        let tensor = found["model.layers.\(layer).self_attn.\(part).weight"]
        #expect(relativeDifference(tensor?.floats() ?? [], gram(inputs[layer])) < 2e-6)
      }
    }
    let head = found["lm_head.weight"]?.floats() ?? []
    #expect(relativeDifference(head, gram(inputs[2])) < 2e-6, "12 f32 terms")
    #expect(found["#rows"]?.withBytes { $0.loadUnaligned(as: Int64.self) } == 12)
    #expect(found["model.embed_tokens.weight"] == nil)
  }

  /// Of one token, attention is its value: then every input of a layer can be written down.
  @Test func layersSeeWhatTheyMultiply() throws {
    let model = try tinyDecoder("llama")
    let token: Int32 = 9
    let found = try grams(model, [tinySequence([token])])
    let prefix = "model.layers.0."
    let x = weight(model, "model.embed_tokens.weight")[Int(token)]
    let value = product(weight(model, prefix + "self_attn.v_proj.weight"), normed(x))
    // Two query heads share each value head of width 8.
    let mixed = [value[0..<8], value[0..<8], value[8..<16], value[8..<16]].flatMap { Array($0) }
    let attended = product(weight(model, prefix + "self_attn.o_proj.weight"), mixed)
    let middle = normed(zip(x, attended).map { $0 + $1 })
    let gate = product(weight(model, prefix + "mlp.gate_proj.weight"), middle)
    let up = product(weight(model, prefix + "mlp.up_proj.weight"), middle)
    let inner = zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
    for (name, input) in [
      ("self_attn.o_proj", mixed), ("mlp.gate_proj", middle), ("mlp.up_proj", middle),
      ("mlp.down_proj", inner),
    ] {
      let tensor = found["\(prefix)\(name).weight"]?.floats() ?? []
      #expect(relativeDifference(tensor, gram([input])) < 1e-5, "f32 activations: \(name)")
    }
  }

  @Test func fusedAndTurnedProjectionsAreStoredOnce() throws {
    let gpt2 = try grams(tinyDecoder("gpt2"), sequences)
    let layer = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]
    #expect(
      Set(gpt2.keys)
        == Set(
          (0..<2).flatMap { index in
            layer.map { "transformer.h.\(index).\($0).weight#transposed" }
          } + ["#rows"]))
    #expect(gpt2["transformer.h.0.mlp.c_proj.weight#transposed"]?.shape == [128, 128])
    let phi3 = try grams(tinyDecoder("phi3"), sequences)
    let names = [
      "self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj",
    ]
    #expect(
      Set(phi3.keys)
        == Set(
          (0..<2).flatMap { index in names.map { "model.layers.\(index).\($0).weight" } }
            + ["#rows", "lm_head.weight"]))
  }

  @Test func lessMemoryTakesMorePassesToTheSameBytes() throws {
    let model = try tinyDecoder("llama")
    // Per layer three inputs of width 32 and one of 48, and the head's.
    let all = GramStatistic(model, name: "tiny", over: sequences)
    #expect(all.passes == 1 && all.tokens == 12)
    #expect(all.memoryBytes == 4 * (2 * (3 * 32 * 32 + 48 * 48) + 32 * 32))
    #expect(all.fileBytes == 4 * (2 * (6 * 32 * 32 + 48 * 48) + 32 * 32))
    let some = GramStatistic(model, name: "tiny", over: sequences, memory: 10_000)
    #expect(some.passes > 2 && some.memoryBytes <= 10_000)
    let (one, many) = try (grams(model, sequences), grams(model, sequences, memory: 10_000))
    #expect(one.keys == many.keys)
    for (name, tensor) in one where tensor.dtype == .f32 {
      #expect(tensor.floats() == many[name]?.floats())
    }
  }

  @Test func nonFiniteActivationsAreRefusedAndLeaveNoFile() throws {
    let model = try tinyDecoder("llama").snapshot()
    model.parameters[3].variable.value.vector(0..<1)[0] = .infinity
    try withTemporaryFolder { folder in
      #expect(throws: Problem.self) {
        try GramStatistic(model, name: "tiny", over: sequences).write(to: folder + "/x")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }
}
