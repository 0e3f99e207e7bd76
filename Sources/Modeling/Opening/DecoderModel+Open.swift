internal import Formats
internal import Kernels

extension DecoderModel {
  /// Opens the weights of an HF directory or a `.gguf` file. Nothing is copied that can be viewed.
  ///
  /// - Throws: `Problem` or `Problems` with everything that is wrong with config and weights.
  public static func open(_ path: String, options: OpenOptions = .init()) throws -> DecoderModel {
    path.hasSuffix(".gguf")
      ? try open(gguf: GGUFFile(path: path), options: options)
      : try open(directory: path, options: options)
  }

  /// - Parameter configName: The config to read instead of `config.json`.
  static func open(
    directory: String, options: OpenOptions, configName: String = "config.json"
  ) throws -> DecoderModel {
    let source = "\(directory)/\(configName)"
    let json = try JSON.parse(file: source)
    let tensors = try ShardedTensors(directory: directory)
    let config = try DecoderConfig.read(json, source: source, tensorCount: tensors.names.count)
    let weights = CheckpointSource(tensors, names: Family.of(config).names)
    return try assemble(
      config, json, names: weights.names, source: weights, options: options)
  }

  static func open(gguf file: GGUFFile, options: OpenOptions) throws -> DecoderModel {
    let json = try ggufConfig(file)
    let config = try DecoderConfig.read(
      json, source: file.path, tensorCount: file.entries.count)
    let family = Family.of(config)
    guard let gguf = family.gguf else { preconditionFailure("no GGUF names: \(family.stem)") }
    let source = GGUFSource(file: file, names: gguf, config: config)
    return try assemble(config, json, names: family.names, source: source, options: options)
  }

  static func assemble(
    _ config: DecoderConfig, _ json: JSON, names: WeightNames, source: any WeightSource,
    options: OpenOptions
  ) throws -> DecoderModel {
    var (config, json) = (config, json)
    if try !isHeadReallyTied(config, names: names, source: source, options: options) {
      config.isHeadTied = false
      json["tie_word_embeddings"] = false
    }
    config.hasScoreBias = hasScoreBias(config, names: names, source: source)
    let specs = config.weightSpecs(names: names)
    var loader = WeightLoader(config: config, names: names, source: source, options: options)
    let variables = try loader.load(specs)
    return DecoderModel(
      config: config, configJSON: json, names: names, specs: specs, variables: variables,
      warnings: loader.warnings)
  }

  /// transformers' own score heads have no bias; others' have one, which only the weights tell.
  private static func hasScoreBias(
    _ config: DecoderConfig, names: WeightNames, source: any WeightSource
  ) -> Bool {
    guard case .scores = config.output else { return false }
    var biased = config
    biased.hasScoreBias = true
    return biased.weightSpecs(names: names).last.map { source.shape($0) != nil } ?? false
  }

  /// False when the head is its own. A stored head beside `tie_word_embeddings: true` is harmless
  /// when it equals the embedding and a question when it does not.
  private static func isHeadReallyTied(
    _ config: DecoderConfig, names: WeightNames, source: any WeightSource, options: OpenOptions
  ) throws -> Bool {
    guard config.isHeadTied, config.output == .tokens else { return config.isHeadTied }
    var untied = config
    untied.isHeadTied = false
    let specs = untied.weightSpecs(names: names)
    guard let head = specs.last, let embedding = specs.first, head.slot.role == .head,
      let shape = source.shape(head), shape == source.shape(embedding)
    else { return true }
    let isEqual = try sameBytes(source.tensor(head), source.tensor(embedding))
    if isEqual || options.contradictingHead == .embedding { return true }
    if options.contradictingHead == .stored { return false }
    throw Problem(
      .badData, at: source.place,
      "the config says tie_word_embeddings: true, but \(quoted(source.storedName(head))) is "
        + "stored and differs from the embedding",
      expected: "one head",
      hint: "transformers ignores the stored head; to use it set tie_word_embeddings to false, "
        + "to drop it remove the tensor")
  }
}

private func sameBytes(_ one: Tensor, _ other: Tensor) -> Bool {
  guard one.dtype == other.dtype, one.byteCount == other.byteCount else { return false }
  return one.withBytes { one in
    other.withBytes { one.elementsEqual($0) }
  }
}
