internal import Modeling
public import PluginAPI

/// What came of a mixture.
public struct MixtureReport: Sendable {
  public var architecture: String
  public var experts: Int
  public var layers: Int
  public var dtype: DType
  /// Values in all tensors.
  public var parameters: Int
  /// Oddities, one line each.
  public var warnings: [String]

  public var json: JSON {
    [
      "architecture": .string(architecture), "experts": .int(Int64(experts)),
      "layers": .int(Int64(layers)),
      "dtype": MixtureDType.name(of: dtype).map { .string($0) } ?? .null,
      "parameters": .int(Int64(parameters)),
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }
}

/// Settings of a mixture that are not part of its config.
public struct MixtureOptions: Sendable {
  public var layout = MixtureLayout.fused
  /// Random gates and noise follow from it.
  public var seed: UInt64 = 0
  /// Most data of one file, unless a single tensor is larger.
  public var shardBytes = ShardWriter.usualShardBytes

  public init() {}
}

/// Writes a mixture of experts made of dense models to the folder `out`, which appears whole or not
/// at all.
///
/// Everything but the MLPs comes from the base; the MLPs of each expert's model become one expert of
/// every layer, routed by gates that are made of its prompts.
///
/// - Parameters:
///   - resolve: Where a model lies that the config names.
///   - progress: Told what is done: prompts of experts, then tensors. May throw to stop.
/// - Throws: `Problems` with all faults of config and models (65, 66, 78), 73 and 74 for `out`.
public func buildMixture(
  _ config: MixtureConfig, to out: String, options: MixtureOptions = MixtureOptions(),
  resolve: (String) -> String,
  progress: (_ what: String, _ done: Int, _ total: Int) throws -> Void = { _, _, _ in }
) throws -> MixtureReport {
  let inputs = try MixtureInputs(config, resolve: resolve)
  let staging = try StagingFolder(for: out)
  do {
    let mixture = Mixture(config: config, inputs: inputs, options: options)
    let report = try mixture.write(to: staging.path, progress: progress)
    try staging.commit()
    return report
  } catch {
    staging.discard()
    throw error
  }
}

private struct Mixture {
  let config: MixtureConfig
  let inputs: MixtureInputs
  let options: MixtureOptions

  func write(
    to folder: String, progress: (String, Int, Int) throws -> Void
  ) throws -> MixtureReport {
    let dtype = config.dtype ?? inputs.base.usualType
    let tensors = try tensors(dtype: dtype) { try progress("prompts", $0, $1) }
    try writeFiles(to: folder, dtype: dtype)
    let all = tensors.all
    let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.description.name, $0) })
    var written = 0
    try ShardWriter.write(
      all.map(\.description), to: folder, shardBytes: options.shardBytes
    ) { description in
      guard let tensor = try byName[description.name]?.make() else {
        throw Problem(.failed, at: folder, "no tensor \(quoted(description.name)) was planned")
      }
      written += 1
      try progress("tensors", written, all.count)
      return tensor
    }
    return MixtureReport(
      architecture: inputs.architecture.name, experts: inputs.experts.count,
      layers: inputs.base.config.layers.count, dtype: dtype,
      parameters: all.reduce(0) { $0 + $1.description.shape.reduce(1, *) },
      warnings: warnings(gates: tensors.gates))
  }

  private func tensors(
    dtype: DType, progress: (Int, Int) throws -> Void
  ) throws -> MixtureTensors {
    let gated = inputs.architecture.shared == .gated ? [config.sharedExpert].compactMap(\.self) : []
    let router = RouterGates(mode: config.gateMode, base: inputs.base, seed: options.seed)
    let vectors = try router.vectors(of: config.experts + gated, progress: progress)
    let count = config.experts.count
    return MixtureTensors(
      config: config, inputs: inputs, gates: vectors.map { Array($0[..<count]) },
      sharedGates: gated.isEmpty ? nil : vectors.map { $0[count] }, layout: options.layout,
      dtype: dtype, seed: options.seed)
  }

  private func writeFiles(to folder: String, dtype: DType) throws {
    let base = inputs.base
    try ModelFolder.write(
      inputs.architecture.outputConfig(config, base: base, dtype: dtype),
      to: "\(folder)/config.json")
    try ModelFolder.copy(
      ModelFolder.tokenizerNames + [ModelFolder.generationName], from: base.folder, to: folder)
    if let text = config.text {
      try writeAtomically(path: "\(folder)/mergekit_moe_config.yml", text: text)
    }
  }

  private func warnings(gates: [[[Float]]]) -> [String] {
    var lines = [conditionWarning(gates)].compactMap(\.self)
    let folders = Set(inputs.experts.map(\.folder))
    if folders.count == 1, inputs.experts.count > 1,
      config.experts.allSatisfy({ $0.noiseScale ?? 0 == 0 })
    {
      lines.append(
        "all experts are the same model: the mixture answers like it until it is trained")
    }
    return lines
  }
}
