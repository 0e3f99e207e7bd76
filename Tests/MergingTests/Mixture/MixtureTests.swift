import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Merging

struct MixtureTests {
  private let tokens = ["<s>", "a", "b", "c", "d"]

  /// Two experts of the given folders, told apart by letters.
  private func config(_ base: String, _ experts: [String]) -> MixtureConfig {
    var config = MixtureConfig(
      baseModel: base,
      experts: experts.enumerated().map { index, model in
        var expert = MixtureConfig.Expert(model: model, place: "moe.yml:\(index + 1):1")
        expert.positivePrompts = [index == 0 ? "ab" : "cd"]
        return expert
      })
    config.expertsPerToken = 1
    return config
  }

  private func models(_ folder: TransplantFolder) throws -> (a: String, b: String) {
    (
      try folder.model("a", tokens: tokens, seed: 1), try folder.model("b", tokens: tokens, seed: 2)
    )
  }

  @Test(.enabled(if: shared("goldens/merge/cases/moe_cheap_embed") != nil))
  func matchesMergekit() throws {
    let golden = try #require(shared("goldens/merge"))
    let folder = try TransplantFolder()
    let out = folder.path + "/out"
    let directory = golden.appendingPathComponent("cases/moe_cheap_embed").path
    let report = try buildMixture(
      MixtureConfig.read(file: directory + "/config.yml"), to: out,
      resolve: { golden.appendingPathComponent($0).path })
    #expect(report.architecture == "mixtral")
    let ours = try ShardedTensors(directory: out)
    let theirs = try ShardedTensors(directory: directory + "/expected")
    #expect(Set(ours.names) == Set(theirs.names))
    for name in theirs.names {
      let (a, b) = (try ours.tensor(name), try theirs.tensor(name))
      #expect(a.shape == b.shape && a.dtype == b.dtype, "\(name)")
      for (x, y) in zip(a.floats(), b.floats()) { #expect(abs(x - y) <= 1e-6, "\(name)") }
    }
    let (config, wanted) = (
      try JSON.parse(file: out + "/config.json"),
      try JSON.parse(file: directory + "/expected/config.json")
    )
    for key in [
      "model_type", "architectures", "num_local_experts", "num_experts_per_tok", "vocab_size",
      "hidden_size", "intermediate_size", "num_hidden_layers", "num_key_value_heads",
      "rms_norm_eps", "tie_word_embeddings", "sliding_window",
    ] { #expect(config[key] == wanted[key], "\(key)") }
  }

  @Test(arguments: MixtureLayout.allCases)
  func layoutsHoldTheExpertsMatrices(layout: MixtureLayout) throws {
    let folder = try TransplantFolder()
    let (a, b) = try models(folder)
    var options = MixtureOptions()
    options.layout = layout
    let out = folder.path + "/out"
    _ = try buildMixture(config(a, [a, b]), to: out, options: options, resolve: { $0 })
    let tensors = try ShardedTensors(directory: out)
    let experts = try [a, b].map { try ShardedTensors(directory: $0) }
    func dense(_ expert: Int, _ part: String) throws -> [Float] {
      try experts[expert].tensor("model.layers.0.mlp.\(part)_proj.weight").floats()
    }
    if layout == .fused {
      let both = try tensors.tensor("model.layers.0.mlp.experts.gate_up_proj")
      #expect(both.shape == [2, 24, 8])
      #expect(
        try both.floats() == dense(0, "gate") + dense(0, "up") + dense(1, "gate") + dense(1, "up"))
      let down = try tensors.tensor("model.layers.0.mlp.experts.down_proj")
      #expect(try down.shape == [2, 8, 12] && down.floats() == dense(0, "down") + dense(1, "down"))
    } else {
      for (expert, names) in [0, 1].map({ ($0, [("w1", "gate"), ("w3", "up"), ("w2", "down")]) }) {
        for (name, part) in names {
          let full = "model.layers.0.block_sparse_moe.experts.\(expert).\(name).weight"
          #expect(try tensors.tensor(full).floats() == dense(expert, part))
        }
      }
      #expect(tensors.entry("model.layers.0.block_sparse_moe.gate.weight")?.shape == [2, 8])
    }
    #expect(
      try tensors.tensor("model.norm.weight").floats()
        == experts[0].tensor("model.norm.weight").floats())
  }

  @Test(arguments: [MixtureConfig.GateMode.hidden, .hiddenLast, .hiddenAverage])
  func hiddenGatesAreStatesThatEnterLayers(mode: MixtureConfig.GateMode) throws {
    let folder = try TransplantFolder()
    let (a, _) = try models(folder)
    let base = try DenseModel(reference: "a", folder: a)
    var expert = MixtureConfig.Expert(model: a)
    expert.positivePrompts = ["ab", "c"]
    expert.negativePrompts = ["d"]
    let found = try RouterGates(mode: mode, base: base, seed: 0).vectors(of: [expert]) { _, _ in }
    // What enters layer 0 is the embedding: <s>ab, <s>c and <s>d.
    let rows = try matrix(a)
    func state(_ ids: [Int]) -> [Float] {
      let used = mode == .hiddenAverage ? ids : [ids[ids.count - 1]]
      return (0..<8).map { i in used.reduce(0) { $0 + rows[$1][i] } / Float(used.count) }
    }
    let (ab, c, d) = (state([0, 1, 2]), state([0, 3]), state([0, 4]))
    let wanted = (0..<8).map { (ab[$0] + c[$0]) / 2 - d[$0] }
    let norm = Float(dot(wanted, wanted).squareRoot())
    #expect(found.count == 1 && found[0].count == 1)
    for (x, y) in zip(found[0][0], wanted) { #expect(abs(x - y / norm) <= 1e-6) }
  }

  @Test func randomGatesFollowFromTheSeed() throws {
    let folder = try TransplantFolder()
    let (a, _) = try models(folder)
    let base = try DenseModel(reference: "a", folder: a)
    let experts = [MixtureConfig.Expert(model: a), MixtureConfig.Expert(model: a)]
    func gates(_ mode: MixtureConfig.GateMode, _ seed: UInt64) throws -> [[[Float]]] {
      try RouterGates(mode: mode, base: base, seed: seed).vectors(of: experts) { _, _ in }
    }
    #expect(try gates(.random, 1) == gates(.random, 1))
    #expect(try gates(.random, 1) != gates(.random, 2))
    let uniform = try gates(.uniformRandom, 1)
    #expect(uniform[0][0] != uniform[0][1])
    #expect(uniform.joined().joined().allSatisfy { abs($0) <= 1 / Float(8).squareRoot() })
  }

  @Test func noiseAndScaleTouchTheirOwnMatrices() throws {
    let folder = try TransplantFolder()
    let (a, _) = try models(folder)
    let model = try DenseModel(reference: "a", folder: a)
    var expert = MixtureConfig.Expert(model: a)
    expert.residualScale = 0.5
    let random = CounterRNG(seed: 1)
    func weights() -> ExpertWeights {
      ExpertWeights(model: model, expert: expert, dtype: .f32, random: random)
    }
    func plain(_ part: ExpertPart) throws -> [Float] {
      try model.tensor(part.denseName(layer: 0), as: .f32).floats()
    }
    #expect(try weights().matrix(.gate, layer: 0).floats() == plain(.gate))
    #expect(try weights().matrix(.down, layer: 0).floats() == plain(.down).map { $0 / 2 })
    expert.noiseScale = 0.01
    let noise = zip(try weights().matrix(.up, layer: 0).floats(), try plain(.up)).map { $0 - $1 }
    let deviation = (dot(noise, noise) / Double(noise.count)).squareRoot()
    // 96 draws: five standard errors are a third.
    #expect(abs(deviation / 0.01 - 1) < 0.36)
    #expect(
      try weights().matrix(.up, layer: 0).floats() == weights().matrix(.up, layer: 0).floats())
  }

  @Test func sharedExpertsChooseTheArchitecture() throws {
    let folder = try TransplantFolder()
    let (a, b) = try models(folder)
    var config = config(a, [a, b])
    config.sharedExpert = MixtureConfig.Expert(model: b)
    let plain = try buildMixture(config, to: folder.path + "/deepseek", resolve: { $0 })
    #expect(plain.architecture == "deepseek")
    let deepseek = try ShardedTensors(directory: folder.path + "/deepseek")
    #expect(deepseek.entry("model.layers.0.mlp.shared_experts.up_proj.weight") != nil)
    #expect(deepseek.entry("model.layers.0.mlp.experts.1.up_proj.weight") != nil)
    config.sharedExpert?.positivePrompts = ["bd"]
    let gated = try buildMixture(config, to: folder.path + "/qwen", resolve: { $0 })
    #expect(gated.architecture == "qwen2_moe")
    let qwen = try ShardedTensors(directory: folder.path + "/qwen")
    #expect(qwen.entry("model.layers.0.mlp.shared_expert_gate.weight")?.shape == [1, 8])
    let bias = try qwen.tensor("model.layers.0.self_attn.q_proj.bias").floats()
    #expect(bias == [Float](repeating: 0, count: 8))
    config.architecture = .mixtral
    #expect(throws: Problem.self) {
      _ = try buildMixture(config, to: folder.path + "/no", resolve: { $0 })
    }
  }

  @Test func refusesModelsThatDoNotFitAllAtOnce() throws {
    let folder = try TransplantFolder()
    let (a, _) = try models(folder)
    let wide = try folder.model("wide", tokens: tokens, width: 16)
    var json = try JSON.parse(file: wide + "/config.json")
    json["model_type"] = "mistral"
    json["architectures"] = ["MistralForCausalLM"]
    json["num_key_value_heads"] = 2
    let other = folder.path + "/other"
    try FileManager.default.copyItem(atPath: wide, toPath: other)
    try writeAtomically(path: other + "/config.json", text: json.serialized())
    let out = folder.path + "/out"
    let problems = try #require(throws: Problems.self) {
      _ = try buildMixture(config(a, [wide, other]), to: out, resolve: { $0 })
    }.all.map(\.description)
    #expect(problems.count == 2 && problems[0].contains("hidden_size 16"), "\(problems)")
    #expect(
      problems.last?.contains("model_type mistral") == true
        && problems.last?.hasPrefix("moe.yml:2:1") == true)
    let missing = try #require(throws: Problems.self) {
      _ = try buildMixture(config(a, ["/none/1", "/none/2"]), to: out, resolve: { $0 })
    }
    #expect(missing.all.count == 2)
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func warnsOfExpertsThatAreOneModel() throws {
    let folder = try TransplantFolder()
    let (a, _) = try models(folder)
    let report = try buildMixture(
      config(a, [a, a]), to: folder.path + "/out", resolve: { $0 })
    #expect(report.warnings.contains { $0.contains("same model") })
  }
}
