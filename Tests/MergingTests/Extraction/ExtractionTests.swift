import Foundation
import Merging
import Testing

@Suite struct ExtractionTests {
  private let scratch: ScratchFolder
  private let base = TinyCheckpoint.llama()
  private var settings = ExtractionSettings()

  init() throws {
    scratch = try ScratchFolder()
    settings.maxRank = 4
  }

  /// Extracts from `tuned` and reads the adapter back, checked against the base.
  private func extract(
    _ tuned: TinyCheckpoint, from base: TinyCheckpoint? = nil, _ settings: ExtractionSettings,
    into name: String = "out"
  ) throws -> (report: ExtractionReport, adapter: AdapterDirectory) {
    let extraction = try AdapterExtraction(
      model: tuned.write("model", in: scratch),
      base: (base ?? self.base).write("base", in: scratch), settings: settings)
    let report = try extraction.run(into: scratch.path(name))
    return (report, try checkAdapter(scratch.path(name)))
  }

  /// Relative distance of every tensor of base + adapter from the fine-tuned one, by name.
  private func distances(
    _ adapter: AdapterDirectory, _ tuned: TinyCheckpoint, base: TinyCheckpoint? = nil
  ) throws -> [String: Double] {
    let result = try applying(adapter, to: base ?? self.base)
    return Dictionary(
      uniqueKeysWithValues: tuned.tensors.map { name, tensor in
        let wanted = Matrix(tensor)
        let found = result[name] ?? Matrix(zeros: wanted.rows, by: wanted.columns)
        return (name, (found - wanted).frobeniusNorm / wanted.frobeniusNorm)
      })
  }

  // MARK: What comes out

  @Test func aLowRankChangeComesBackExactly() throws {
    let tuned = base.tuned(rank: 3)
    let (report, adapter) = try extract(tuned, settings)
    for (name, distance) in try distances(adapter, tuned) {
      #expect(distance < 1e-6, "\(name): f32 factors")
    }
    #expect(report.count(.pair) == 4 && report.count(.whole) == 5)
    #expect(report.relativeError < 1e-6)
    #expect(adapter.replacements.count == 5)
    #expect(
      try scratch.names(in: "out") == [
        "README.md", "adapter_config.json", "adapter_model.safetensors",
      ])
    #expect(try scratch.names() == ["base", "model", "out"], "no temporary folder stays")
  }

  @Test(arguments: [1, 2, 5])
  func theReportedErrorIsTheErrorOfTheAppliedAdapter(maxRank: Int) throws {
    var settings = settings
    settings.maxRank = maxRank
    let tuned = base.tuned(rank: 6)
    let (report, adapter) = try extract(tuned, settings)
    let result = try applying(adapter, to: base)
    var (lost, all) = (0.0, 0.0)
    for module in report.modules {
      guard module.treatment == .pair, let norm = module.norm, let reported = module.errorNorm
      else { continue }
      let name = "\(module.name).weight"
      let wanted = Matrix(try #require(tuned[name]))
      let found = (try #require(result[name]) - wanted).frobeniusNorm
      let difference = (wanted - Matrix(try #require(base[name]))).frobeniusNorm
      // Δ is rounded to f32 before it is decomposed.
      #expect(abs(found - reported) < 1e-6 * wanted.frobeniusNorm, "\(name)")
      #expect(abs(difference - norm) < 1e-6 * wanted.frobeniusNorm, "\(name)")
      #expect(module.rank == maxRank && module.fullRank == 10)
      #expect(reported > 0.01 * norm, "the change has rank 6")
      lost += found * found
      all += difference * difference
    }
    #expect(abs(report.relativeError - (lost / all).squareRoot()) < 1e-5)
  }

  @Test func scaleIsSharedOrGivenToA() throws {
    let tuned = base.tuned(rank: 3)
    var settings = settings
    let shared = try extract(tuned, settings).adapter
    settings.distributesScale = false
    let given = try extract(tuned, settings, into: "other").adapter
    let pair = try #require(given.pairs.first)
    let b = Matrix(try given.tensor(pair.b)).slice(columns: 0..<3)
    let gram = b.times(b, transposeSelf: true)
    #expect((gram - Matrix(identity: 3)).frobeniusNorm < 1e-5, "B is U")
    let sharedB = Matrix(try shared.tensor(pair.b)).slice(columns: 0..<3)
    let sharedA = Matrix(try shared.tensor(pair.a)).slice(rows: 0..<3)
    let squares = sharedB.times(sharedB, transposeSelf: true)
    #expect((squares - sharedA.times(sharedA, transposeOther: true)).frobeniusNorm < 1e-5)
    let (one, two) = (try products(of: shared), try products(of: given))
    for (module, product) in one {
      #expect((product - (try #require(two[module]))).frobeniusNorm < 1e-5)
    }
  }

  @Test func ranksFollowFloorAndEnergy() throws {
    var tuned = base
    // Singular values 4, 2, 1 in one module, 8 in the other.
    for (name, values) in [
      ("model.layers.0.self_attn.q_proj.weight", [4.0, 2, 1]),
      ("model.layers.1.self_attn.q_proj.weight", [8.0]),
    ] {
      var weight = Matrix(try #require(base[name]))
      for (index, value) in values.enumerated() { weight[index, index] += value }
      tuned[name] = weight.tensor()
    }
    func ranks(_ change: (inout ExtractionSettings) -> Void) throws -> [Int] {
      var settings = settings
      change(&settings)
      // 8 values of rounding noise are below any floor used here.
      settings.singularValueFloor = max(settings.singularValueFloor, 1e-4)
      let (report, adapter) = try extract(
        tuned, settings, into: "ranks-\(UUID().uuidString)")
      for pair in adapter.pairs { #expect(pair.scale == 1) }
      return report.modules.filter { $0.treatment == .pair }.map(\.rank).sorted()
    }
    #expect(try ranks { _ in } == [1, 3])
    #expect(try ranks { $0.singularValueFloor = 1.5 } == [1, 2])
    #expect(try ranks { $0.singularValueFloor = 5 } == [1])
    #expect(try ranks { $0.energyShare = 16 / 21 - 1e-3 } == [1, 1])
    #expect(try ranks { $0.energyShare = 20 / 21 - 1e-3 } == [1, 2])
    #expect(try ranks { $0.energyShare = 1 } == [1, 3])
    #expect(try ranks { $0.maxRank = 2 } == [1, 2])
  }

  @Test func modulesWithoutChangeAreOmittedAndNotTargeted() throws {
    let tuned = base.tuned(rank: 2) { $0.contains("q_proj") || $0.contains("0.mlp.down_proj") }
    let (report, adapter) = try extract(tuned, settings)
    #expect(
      report.modules.filter { $0.treatment == .omitted }.map(\.name) == [
        "model.layers.1.mlp.down_proj"
      ])
    #expect(
      adapter.config.json["target_modules"]?.array == ["q_proj", "model.layers.0.mlp.down_proj"])
    #expect(try distances(adapter, tuned).values.allSatisfy { $0 < 1e-6 })
  }

  @Test func configHasWhatPEFTReads() throws {
    let (_, adapter) = try extract(base.tuned(rank: 2), settings)
    let json = adapter.config.json
    #expect(json["peft_type"] == "LORA" && json["task_type"] == "CAUSAL_LM")
    #expect(json["r"] == 4 && json["lora_alpha"] == 4 && json["bias"] == "none")
    #expect(json["target_modules"]?.array == ["q_proj", "down_proj"])
    #expect(
      json["modules_to_save"]?.array == ["embed_tokens", "input_layernorm", "norm", "lm_head"])
    #expect(json["base_model_name_or_path"]?.string == scratch.path("base"))
    for key in ["use_rslora", "use_dora", "fan_in_fan_out"] { #expect(json[key] == false) }
    #expect(json["rank_pattern"]?.object?.isEmpty == true && json["inference_mode"] == true)
    #expect(json["ensure_weight_tying"] == nil)
  }

  // MARK: Which modules

  @Test func embeddingsBecomePairsOnRequest() throws {
    let tuned = base.tuned(rank: 2) { _ in true }
    var settings = settings
    settings.decomposesEmbeddings = true
    let (report, adapter) = try extract(tuned, settings)
    #expect(report.count(.pair) == 6)
    let embedding = try #require(adapter.pairs.first { $0.isEmbedding })
    #expect(embedding.module == "model.embed_tokens")
    #expect(try adapter.tensor(embedding.a).shape == [4, 20])
    #expect(try distances(adapter, tuned).values.allSatisfy { $0 < 1e-6 })
  }

  @Test func patternsChoose() throws {
    let tuned = base.tuned(rank: 2)
    var settings = settings
    settings.include = ["q_proj$", "layers\\.1\\."]
    settings.exclude = ["norm|lm_head|embed"]
    let (report, adapter) = try extract(tuned, settings)
    #expect(
      adapter.pairs.map(\.module).sorted() == [
        "model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj",
        "model.layers.1.self_attn.q_proj",
      ])
    #expect(adapter.replacements.isEmpty && report.count(.leftOut) == 6)
    #expect(adapter.config.json["modules_to_save"]?.isNull == true)
  }

  @Test func modulesCanBeSavedWholeAndNormsSkipped() throws {
    let tuned = base.tuned(rank: 2)
    var settings = settings
    settings.skipsUndecomposable = true
    settings.savedModules = ["down_proj", "model.norm"]
    let (_, adapter) = try extract(tuned, settings)
    #expect(
      adapter.replacements.map(\.name).sorted() == [
        "lm_head.weight", "model.embed_tokens.weight", "model.layers.0.mlp.down_proj.weight",
        "model.layers.1.mlp.down_proj.weight", "model.norm.weight",
      ])
    // "norm" alone would make PEFT wrap the layers' norms too.
    #expect(
      adapter.config.json["modules_to_save"]?.array == [
        "embed_tokens", "down_proj", "model.norm", "lm_head",
      ])
  }

  @Test func biasesThatChangedAreWrittenWhole() throws {
    var base = base
    let (changed, same) = (
      "model.layers.0.self_attn.q_proj.bias", "model.layers.1.self_attn.q_proj.bias"
    )
    for name in [changed, same] { base[name] = TinyCheckpoint.normal([12], seed: 5, index: 0) }
    var tuned = base.tuned(rank: 2)
    tuned[same] = base[same]
    let (_, adapter) = try extract(tuned, from: base, settings)
    #expect(try distances(adapter, tuned, base: base).values.allSatisfy { $0 < 1e-6 })
    let biases = adapter.replacements.filter { $0.name.hasSuffix(".bias") }
    #expect(biases.map(\.name) == [changed])
    #expect(
      biases.map(\.stored) == [
        "base_model.model.model.layers.0.self_attn.q_proj.base_layer.bias"
      ])
  }

  @Test func tiedHeadsStayTied() throws {
    var base = base
    base["lm_head.weight"] = nil
    base.config["tie_word_embeddings"] = true
    let tuned = base.tuned(rank: 2) { _ in true }
    let (report, adapter) = try extract(tuned, from: base, settings)
    #expect(report.count(.whole) == 4)
    #expect(adapter.config.json["ensure_weight_tying"] == true)
    #expect(try distances(adapter, tuned, base: base).values.allSatisfy { $0 < 1e-6 })
    // PEFT wants the table under both names.
    let head = try #require(adapter.replacements.first { $0.name == "lm_head.weight" })
    #expect(
      try adapter.tensor(head.stored).floats() == tuned["model.embed_tokens.weight"]?.floats())
    #expect(
      adapter.config.json["modules_to_save"]?.array?.last == "lm_head")
  }

  /// Files call it embed_out; transformers 5, and so PEFT with it, lm_head.
  @Test func theHeadOfGPTNeoXIsWrittenUnderBothNames() throws {
    var base = base
    base["embed_out.weight"] = base["lm_head.weight"]
    base["lm_head.weight"] = nil
    let tuned = base.tuned(rank: 2) { $0 != "model.embed_tokens.weight" }
    let (_, adapter) = try extract(tuned, from: base, settings)
    #expect(try distances(adapter, tuned, base: base).values.allSatisfy { $0 < 1e-6 })
    for name in ["embed_out.weight", "lm_head.weight"] {
      let head = try #require(adapter.replacements.first { $0.name == name })
      #expect(try adapter.tensor(head.stored).floats() == tuned["embed_out.weight"]?.floats())
    }
    #expect(adapter.config.json["modules_to_save"]?.array?.contains("lm_head") == true)
  }

  @Test func aHeadOfItsOwnIsComparedWithTheTiedOne() throws {
    var base = base
    base["lm_head.weight"] = nil
    var tuned = base.tuned(rank: 2) { _ in true }
    tuned["lm_head.weight"] = try #require(base["model.embed_tokens.weight"]).scaled(by: 2)
    var settings = settings
    settings.decomposesEmbeddings = true
    settings.maxRank = 10
    let extraction = try AdapterExtraction(
      model: tuned.write("model", in: scratch), base: base.write("base", in: scratch),
      settings: settings)
    _ = try extraction.run(into: scratch.path("out"))
    let adapter = try AdapterDirectory(path: scratch.path("out"))
    let product = try #require(try products(of: adapter)["lm_head"])
    let embedding = Matrix(try #require(base["model.embed_tokens.weight"]))
    #expect((product - embedding).frobeniusNorm < 1e-5 * embedding.frobeniusNorm)
    #expect(adapter.config.json["ensure_weight_tying"] == nil)
  }

  @Test func projectionsStoredInputFirstGiveTransposedPairs() throws {
    let base = TinyCheckpoint(
      tensors: [
        ("transformer.wte.weight", TinyCheckpoint.normal([20, 10], seed: 1, index: 0)),
        ("transformer.h.0.attn.c_attn.weight", TinyCheckpoint.normal([10, 30], seed: 1, index: 1)),
        ("transformer.h.0.attn.c_attn.bias", TinyCheckpoint.normal([30], seed: 1, index: 2)),
        ("transformer.h.0.attn.bias", TinyCheckpoint.normal([1, 1, 8, 8], seed: 1, index: 3)),
      ], config: ["model_type": "gpt2"])
    let tuned = base.tuned(rank: 2) { $0.contains("c_attn") }
    let (_, adapter) = try extract(tuned, from: base, settings)
    #expect(adapter.config.fanInFanOut)
    #expect(try adapter.tensor(try #require(adapter.pairs.first).a).shape == [4, 10])
    var weights = try distances(adapter, tuned, base: base)
    weights["transformer.h.0.attn.bias"] = nil  // a mask of old checkpoints
    #expect(weights.values.allSatisfy { $0 < 1e-6 })
  }

  // MARK: Types, methods, order

  @Test(arguments: [DType.bf16, .f16])
  func sixteenBitModelsGiveSixteenBitAdapters(dtype: DType) throws {
    let base = TinyCheckpoint.llama(dtype: dtype)
    let tuned = base.tuned(rank: 2)
    var settings = settings
    settings.maxRank = 10
    let (report, adapter) = try extract(tuned, from: base, settings)
    for pair in adapter.pairs {
      #expect(try adapter.tensor(pair.a).dtype == dtype && adapter.tensor(pair.b).dtype == dtype)
    }
    // Rounding of the factors: 8 bits of bf16, 11 of f16.
    #expect(report.relativeError < (dtype == .bf16 ? 8e-3 : 1e-3))
    settings.dtype = .f32
    let wide = try extract(tuned, from: base, settings, into: "wide")
    #expect(wide.report.relativeError < 1e-6)
    #expect(wide.adapter.replacements.count == 5)
    for (_, stored) in wide.adapter.replacements {
      #expect(try wide.adapter.tensor(stored).dtype == .f32)
    }
  }

  @Test func sidesOfTwoTypesAreComparedInF32() throws {
    let tuned = base.tuned(rank: 2)
    var rounded = tuned
    rounded.tensors = tuned.tensors.map { ($0.name, $0.tensor.converted(to: .bf16)) }
    let (_, adapter) = try extract(rounded, settings)
    #expect(try adapter.tensor(try #require(adapter.pairs.first).a).dtype == .f32)
  }

  @Test func randomisedAgreesWithExactOnLowRankChanges() throws {
    let base = TinyCheckpoint(
      tensors: [("a.up_proj.weight", TinyCheckpoint.normal([150, 130], seed: 1, index: 0))])
    let tuned = base.tuned(rank: 5)
    var settings = settings
    settings.maxRank = 5
    let exact = try extract(tuned, from: base, settings, into: "exact")
    settings.method = .randomised
    let random = try extract(tuned, from: base, settings, into: "random")
    #expect(abs(exact.report.relativeError - random.report.relativeError) < 1e-6)
    let (one, two) = (try products(of: exact.adapter), try products(of: random.adapter))
    let product = try #require(one["a.up_proj"])
    #expect((product - (try #require(two["a.up_proj"]))).frobeniusNorm < 1e-5)
  }

  @Test(arguments: ExtractionSettings.Method.allCases)
  func equalRunsGiveEqualBytes(method: ExtractionSettings.Method) throws {
    var settings = settings
    settings.method = method
    let tuned = base.tuned(rank: 6)
    _ = try extract(tuned, settings, into: "one")
    _ = try extract(tuned, settings, into: "two")
    for name in try scratch.names(in: "one") {
      let (one, two) = (scratch.path("one/\(name)"), scratch.path("two/\(name)"))
      #expect(FileManager.default.contentsEqual(atPath: one, andPath: two), "\(name)")
    }
  }
}
