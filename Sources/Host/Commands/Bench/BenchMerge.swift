import ArgumentParser
import Foundation
import Merging
import PluginAPI

extension BenchCommand {
  struct MergeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge",
      abstract: "Merging bf16 models that are made for it, beside copying the same bytes.",
      discussion: """
        Makes three models of a size in a temporary folder (6 bytes a parameter, and 2 more for the
        output), merges them by each method, and copies: reads every byte of the inputs and writes
        as many as the output has. Turn by turn, both brought to the disk.
        """)

    @Option(help: "Size of the models: \(BenchModelSize.names).") var size = BenchModelSize.small
    @Option(help: "Merge methods, with commas between them.")
    var methods = "linear,slerp,task_arithmetic,ties"
    @Option(help: "Turns; the median counts.") var turns = 3
    @Option(help: "Folder for the models, kept; else a temporary one, removed.")
    var folder: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      guard (1...100).contains(turns) else { throw ValidationError("--turns must be in 1...100") }
    }

    func run() throws {
      let work =
        folder
        ?? FileManager.default.temporaryDirectory.appendingPathComponent(
          "crucible-bench-\(UUID().uuidString)"
        ).path
      defer { if folder == nil { try? FileManager.default.removeItem(atPath: work) } }
      try makeDirectories(work)
      let models = try BenchModels(size: size, folder: work)
      // What making them took is not the merges'.
      releaseUnusedMemory()
      let registry = PluginRegistry()
      for method in methods.split(separator: ",").map(String.init) {
        let config = try MergeConfig(
          text: models.config(method: method, registry: registry), path: "\(work)/\(method).yml")
        let merge = try Merge(config, methods: registry.mergeMethods)
        try measure(merge, method, models).print(asJSON: json)
      }
    }

    private func measure(
      _ merge: Merge, _ method: String, _ models: BenchModels
    ) throws -> BenchReport {
      let out = "\(models.folder)/out"
      let plan = merge.plans[merge.plans.count - 1]
      let inputs = Set(plan.tensors.flatMap(\.sources).map(\.model)).count
      var peak: Int64 = 0
      let (merging, copying) = try Stopwatch.medians(turns: turns) {
        removeFolder(out)
        try merge.run(
          to: out,
          progress: { _, _ in peak = max(peak, ProcessUsage.anonymousMemoryBytes) })
      } beside: {
        try models.copy(inputs: inputs)
      }
      removeFolder(out)
      let bytes = Double(plan.costs.bytesRead + plan.outputBytes)
      return BenchReport("merge \(method), \(inputs) models of \(size.rawValue) bf16")
        .with("time", merging, "s")
        .with("rate", bytes / merging / 1e9, "GB/s read and written")
        .with("copy", copying, "s for the same bytes")
        .with("ratio", merging / copying, "of copying")
        .with("memory", Double(peak) / 1e6, "MB anonymous at most")
    }
  }
}

/// Shapes of Llama models.
enum BenchModelSize: String, ExpressibleByArgument, CaseIterable {
  case tiny = "5000"
  case small = "135M"
  case medium = "1B"
  case large = "3B"

  static let names = "5000 (tiny tensors), 135M, 1B, 3B"

  /// The tensors of a checkpoint, all bf16.
  var tensors: [TensorDescription] {
    func tensor(_ name: String, _ shape: Int...) -> TensorDescription {
      TensorDescription(name: "model.\(name).weight", dtype: .bf16, shape: shape)
    }
    if self == .tiny {
      return (0..<1250).flatMap { layer in
        ["a", "b", "c", "d"].map { tensor("layers.\(layer).\($0)", 16, 16) }
      }
    }
    let (width, inner, layers, keys) = shape
    let blocks = (0..<layers).flatMap { layer in
      [
        tensor("layers.\(layer).input_layernorm", width),
        tensor("layers.\(layer).post_attention_layernorm", width),
        tensor("layers.\(layer).self_attn.q_proj", width, width),
        tensor("layers.\(layer).self_attn.k_proj", keys, width),
        tensor("layers.\(layer).self_attn.v_proj", keys, width),
        tensor("layers.\(layer).self_attn.o_proj", width, width),
        tensor("layers.\(layer).mlp.gate_proj", inner, width),
        tensor("layers.\(layer).mlp.up_proj", inner, width),
        tensor("layers.\(layer).mlp.down_proj", width, inner),
      ]
    }
    return [tensor("embed_tokens", 49152, width)] + blocks + [tensor("norm", width)]
  }

  private var shape: (width: Int, inner: Int, layers: Int, keys: Int) {
    switch self {
    case .tiny, .small: (576, 1536, 30, 192)
    case .medium: (2048, 8192, 16, 512)
    case .large: (3072, 8192, 26, 1024)
    }
  }
}

/// A base model and two fine-tunes of it, without meaning.
struct BenchModels {
  let size: BenchModelSize
  let folder: String

  private static let names = ["base", "one", "two"]
  private static let patternCount = 1 << 20

  /// Makes the models, unless `folder` has them.
  init(size: BenchModelSize, folder: String) throws {
    self.size = size
    self.folder = folder
    for (index, name) in Self.names.enumerated() where !fileExists("\(path(name))/config.json") {
      try write(name, difference: index == 0 ? 0 : 0.1, seed: UInt64(index))
    }
  }

  private func path(_ name: String) -> String { "\(folder)/\(size.rawValue)-\(name)" }

  /// A config of `method` over as many of the models as it takes.
  func config(method: String, registry: PluginRegistry) throws -> String {
    let contract = try registry.mergeMethod(method).contract
    var text = "merge_method: \(method)\ndtype: bfloat16\nparameters: {t: 0.4, density: 0.5}\n"
    if contract.base != .ignored { text += "base_model: \(path("base"))\n" }
    text += "models:\n"
    let others = min(2, contract.inputs.upperBound)
    for name in Self.names.prefix(others + 1) {
      text += "  - {model: \(path(name)), parameters: {weight: 0.4}}\n"
    }
    return text
  }

  /// Reads the weights of the first models and writes as much as one of them, to the disk.
  func copy(inputs: Int) throws {
    let target = "\(folder)/copy"
    defer { try? FileManager.default.removeItem(atPath: target) }
    _ = FileManager.default.createFile(atPath: target, contents: nil)
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
    for (index, name) in Self.names.prefix(inputs).enumerated() {
      let input = try FileHandle(
        forReadingFrom: URL(fileURLWithPath: "\(path(name))/model.safetensors"))
      while let piece = try input.read(upToCount: 8 << 20), !piece.isEmpty {
        if index == 0 { try output.write(contentsOf: piece) }
      }
      try input.close()
    }
    try output.synchronize()
    try output.close()
  }

  /// Numbers of a model: the base's pattern everywhere, another one added.
  private func write(_ name: String, difference: Double, seed: UInt64) throws {
    let (base, own) = (CounterRNG(seed: 1), CounterRNG(seed: 1 + seed))
    let pattern = Tensor(
      (0..<UInt64(Self.patternCount)).map { index in
        Float(0.02 * (base.normal(index) + difference * own.normal(index)))
      }, shape: [Self.patternCount])
    try makeDirectories(path(name))
    try ShardWriter.write(size.tensors, to: path(name), shardBytes: .max) { description in
      let values = Tensor(uninitialized: [description.shape.reduce(1, *)], dtype: .f32)
      for start in stride(from: 0, to: values.count, by: Self.patternCount) {
        let count = min(Self.patternCount, values.count - start)
        pattern.read(from: 0, into: values.vector(start..<start + count))
      }
      return values.converted(to: .bf16).reshaped(description.shape)
    }
    try writeAtomically(path: "\(path(name))/config.json", text: "{\"model_type\": \"llama\"}\n")
  }
}
