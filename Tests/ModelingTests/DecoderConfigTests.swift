import Formats
import Kernels
import Testing

@testable import Modeling

struct DecoderConfigTests {
  private func read(_ changes: JSONObject, family: String = "llama") throws -> DecoderConfig {
    var json = tinyConfigs[family] ?? [:]
    for (key, value) in changes.entries { json[key] = value }
    return try DecoderConfig.read(json, source: "config.json")
  }

  private func faults(_ changes: JSONObject, family: String = "llama") -> String {
    do {
      _ = try read(changes, family: family)
      return "none"
    } catch { return "\(error)" }
  }

  @Test func everyFaultIsReportedAtOnce() {
    let text = faults([
      "hidden_size": "32", "num_attention_heads": 0, "rms_norm_eps": true,
      "vocab_size": 9_223_372_036_854_775_807,
    ])
    for part in [
      "hidden_size is the string '32'", "num_attention_heads is 0", "rms_norm_eps is true",
      "vocab_size is 9223372036854775807",
    ] { #expect(text.contains(part), "\(text)") }
  }

  @Test func keysHaveTheFamilysOwnNamesInMessages() {
    #expect(faults(["n_embd": 33], family: "gpt2").contains("n_head 4"))
    #expect(faults(["activation_function": "wave"], family: "gpt2").contains("activation_function"))
  }

  @Test func layerCountsPastTheWeightsAreRefused() {
    let json: JSON = ["model_type": "llama", "num_hidden_layers": 2_000_000_000]
    #expect(throws: (any Error).self) {
      try DecoderConfig.read(json, source: "config.json", tensorCount: 20)
    }
    #expect(throws: (any Error).self) { try DecoderConfig.read(json, source: "config.json") }
  }

  @Test func nullIsNoValueWhereOneIsNeeded() {
    #expect(faults(["hidden_size": .null]).contains("hidden_size is null"))
    #expect(faults(["num_key_value_heads": .null]) == "none")
  }

  @Test func windowsFollowEachFamilysRule() throws {
    func windows(_ config: DecoderConfig) -> [Int?] { config.layers.map(\.window) }
    var qwen = tinyConfigs["qwen2"] ?? [:]
    qwen["num_hidden_layers"] = 3
    qwen["sliding_window"] = 6
    qwen["max_window_layers"] = 2
    #expect(windows(try DecoderConfig.read(qwen, source: "c")) == [nil, nil, nil])
    qwen["use_sliding_window"] = true
    #expect(windows(try DecoderConfig.read(qwen, source: "c")) == [nil, nil, 6])
    #expect(windows(try read([:], family: "gemma3")) == [5, nil])
    let types: JSON = ["full_attention", "sliding_attention"]
    #expect(windows(try read(["layer_types": types], family: "gemma3")) == [nil, 5])
    #expect(faults(["layer_types": ["full_attention"]], family: "gemma3").contains("layer_types"))
  }

  @Test func ropeSettingsAreChecked() {
    func scaling(_ settings: JSON) -> String { faults(["rope_scaling": settings]) }
    #expect(scaling(["rope_type": "linear", "factor": 2.0]) == "none")
    #expect(scaling(["type": "linear", "factor": 2]) == "none")
    #expect(scaling(["rope_type": "linear"]).contains("factor"))
    #expect(scaling(["rope_type": "spiral"]).contains("'spiral'"))
    #expect(scaling(["rope_type": "linear", "factor": 0.5]).contains("at least 1"))
    #expect(
      scaling(["rope_type": "longrope", "short_factor": [1], "long_factor": []]).contains("4"))
    #expect(scaling("linear").contains("a string"))
    #expect(faults(["rope_theta": 0]).contains("rope_theta"))
    #expect(faults(["head_dim": 5]).contains("head_dim is 5"))
  }

  @Test func endTokensMayBeOneOrMany() throws {
    #expect(try read(["eos_token_id": 2]).specialTokens.eos == [2])
    #expect(try read(["eos_token_id": [2, 5]]).specialTokens.eos == [2, 5])
    #expect(try read(["eos_token_id": .null]).specialTokens.eos == [])
    #expect(try read(["pad_token_id": -1]).specialTokens.pad == nil)
    #expect(faults(["pad_token_id": 61]).contains("vocab_size 61"))
  }

  @Test func classifiersAreToldByTheirClass() throws {
    let scores = try read([
      "architectures": ["LlamaForSequenceClassification"], "id2label": ["0": "a", "1": "b"],
    ])
    #expect(scores.output == .scores(labels: 2))
    #expect(try read(["architectures": ["LlamaModel"]]).output == .tokens)
    #expect(faults(["architectures": ["LlamaForTokenClassification"]]).contains("architectures"))
  }
}

struct WeightTests {
  /// Names without the prefix of the base model, and a head beside a tied embedding.
  private func rewritten(
    _ model: DecoderModel, config: JSON, _ change: (String, Tensor) -> [(String, Tensor)]
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try writeAtomically(path: folder.path + "/config.json", text: config.serialized())
    let tensors = model.checkpointTensors.flatMap { change($0.name, $0.tensor) }
    try SafetensorsWriter.write(
      tensors.map { (name: $0.0, tensor: $0.1) }, to: folder.path + "/model.safetensors")
    return folder
  }

  @Test(arguments: ["llama", "gpt2"])
  func namesMayLackThePrefix(_ family: String) throws {
    let model = try tinyModel(family)
    let folder = try rewritten(model, config: model.configJSON) { name, tensor in
      [(name.replacing("model.", with: "").replacing("transformer.", with: ""), tensor)]
    }
    let again = try DecoderModel.open(folder.path)
    let layout = SequenceLayout(lengths: [3])
    #expect(
      again.logits(ids: [1, 2, 3], layout: layout).floats()
        == model.logits(ids: [1, 2, 3], layout: layout).floats())
  }

  @Test func missingAndExtraTensorsAreListed() throws {
    let model = try tinyModel("llama")
    let lacking = try rewritten(model, config: model.configJSON) { name, tensor in
      name.contains("layers.1.mlp") ? [] : [(name, tensor)]
    }
    let error = #expect(throws: Problem.self) { try DecoderModel.open(lacking.path) }
    #expect(error?.what.contains("3 tensors are missing") == true)
    #expect(error?.what.contains("model.layers.1.mlp.down_proj.weight") == true)

    let surplus = try rewritten(model, config: model.configJSON) { name, tensor in
      name == "lm_head.weight" ? [(name, tensor), ("other.weight", tensor)] : [(name, tensor)]
    }
    let warnings = try DecoderModel.open(surplus.path).warnings
    #expect(warnings.count == 1 && warnings[0].contains("'other.weight'"))
  }

  @Test func aHeadThatContradictsTheConfigIsAQuestion() throws {
    let model = try tinyModel("llama")
    var config = model.configJSON
    config["tie_word_embeddings"] = true
    let folder = try rewritten(model, config: config) { [($0, $1)] }
    let error = #expect(throws: Problem.self) { try DecoderModel.open(folder.path) }
    #expect(error?.what.contains("tie_word_embeddings") == true)
    let options = OpenOptions(contradictingHead: .stored)
    #expect(try DecoderModel.open(folder.path, options: options).config.isHeadTied == false)
    let tied = OpenOptions(contradictingHead: .embedding)
    #expect(try DecoderModel.open(folder.path, options: tied).config.isHeadTied)
    // Equal tensors are no contradiction.
    let embedding = try #require(model.checkpointTensors.first).tensor
    let same = try rewritten(model, config: config) { name, tensor in
      [(name, name == "lm_head.weight" ? embedding : tensor)]
    }
    #expect(try DecoderModel.open(same.path).config.isHeadTied)
  }

  @Test func weightsThatAreNoNumbersAreNamed() throws {
    let model = try tinyModel("llama")
    for value in [Float.nan, .infinity, -.infinity] {
      let folder = try rewritten(model, config: model.configJSON) { name, tensor in
        guard name == "model.norm.weight" else { return [(name, tensor)] }
        var values = tensor.floats()
        values[5] = value
        return [(name, Tensor(values, shape: tensor.shape))]
      }
      let error = #expect(throws: Problem.self) { try DecoderModel.open(folder.path) }
      #expect(error?.what.contains("'model.norm.weight'") == true)
      let options = OpenOptions(nonFinite: .warn)
      #expect(try DecoderModel.open(folder.path, options: options).warnings.count == 1)
    }
  }

  /// What `cut` takes out of a fused projection `paste` puts back.
  @Test(arguments: [false, true])
  func partsOfFusedProjectionsGoBackToTheirPlace(isTransposed: Bool) {
    let whole = Tensor((0..<48).map { Float($0) }, shape: isTransposed ? [4, 12] : [12, 4])
    let parts: [[Range<Int>]] = [[0..<2, 6..<8], [2..<6], [8..<12]]
    let again = Tensor(zeros: whole.shape)
    for outputs in parts {
      let part = cut(whole, outputs: outputs, isTransposed: isTransposed)
      #expect(part.shape == (isTransposed ? [4, 4] : [4, 4]))
      paste(part, into: again, outputs: outputs, isTransposed: isTransposed)
    }
    #expect(again.floats() == whole.floats())
  }
}
