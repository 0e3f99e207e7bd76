internal import Modeling
public import PluginAPI

/// Writes `model` with the vocabulary and tokenizer files of `donor` to the folder `out`, which
/// appears whole or not at all.
///
/// Tokens that both have keep their rows to the bit; the rows of others are made by
/// `options.method`, separately for embedding and head. All other tensors are copied to the bit.
/// Memory: the two embeddings (or heads) and the new one, and one other tensor at a time.
///
/// - Parameters:
///   - model: Folder of the model to change, safetensors and tokenizer.json.
///   - donor: Folder of the model whose tokenizer it gets.
///   - shardBytes: Most data of one file, unless a single tensor is larger.
///   - progress: Told of every block of new rows: tensor, rows done, rows in all. May throw.
/// - Throws: `Problem`: 64 for options out of range, 65 and 66 for models, 73 and 74 for `out`.
public func transplantTokenizer(
  model: String, donor: String, to out: String, options: TransplantOptions = TransplantOptions(),
  shardBytes: Int = ShardWriter.usualShardBytes,
  progress: (_ tensor: String, _ done: Int, _ total: Int) throws -> Void = { _, _, _ in }
) throws -> TransplantReport {
  try options.check()
  let transplant = TokenizerTransplant(
    model: try VocabularyModel(folder: model), donor: try VocabularyModel(folder: donor),
    options: options)
  let staging = try StagingFolder(for: out)
  do {
    let report = try transplant.write(
      to: staging.path, shardBytes: shardBytes, progress: progress)
    try staging.commit()
    return report
  } catch {
    staging.discard()
    throw error
  }
}

private struct TokenizerTransplant {
  let model: VocabularyModel
  let donor: VocabularyModel
  let options: TransplantOptions

  func write(
    to folder: String, shardBytes: Int, progress: (String, Int, Int) throws -> Void
  ) throws -> TransplantReport {
    let matrices = try matrices()
    let rows = donor.tokenizer.vocabularySize
    try writeFiles(to: folder, rows: rows)
    let names = model.tensors.names.filter { !model.isIdleHead($0) }
    let replaced = Dictionary(uniqueKeysWithValues: matrices.map { ($0.name, $0) })
    let descriptions = try names.map { name in
      if let matrix = replaced[name] {
        return TensorDescription(
          name: name, dtype: matrix.model.dtype, shape: [rows, matrix.model.width])
      }
      let tensor = try model.tensors.tensor(name)
      return TensorDescription(name: name, dtype: tensor.dtype, shape: tensor.shape)
    }
    try ShardWriter.write(descriptions, to: folder, shardBytes: shardBytes) { description in
      guard let matrix = replaced[description.name] else {
        return try model.tensors.tensor(description.name)
      }
      return try matrix.rows(
        pieces: { try TokenPieces(donor: donor.tokenizer, model: model.tokenizer) },
        progress: { try progress(matrix.name, $0, $1) })
    }
    return TransplantReport(
      matrices: matrices.map { $0.matching.counts(name: $0.name) }, rows: rows,
      warnings: warnings())
  }

  /// Embedding first. A donor without a head of its own has its embedding there.
  private func matrices() throws -> [MatrixTransplant] {
    let unfit = try options.skipsUndertrained ? unfitTokens() : (model: [], donor: [])
    var matrices = [
      try matrix(model.embeddingName, of: donor.embeddingName, isHead: false, unfit: unfit)
    ]
    if let head = model.headName {
      matrices.append(
        try matrix(head, of: donor.headName ?? donor.embeddingName, isHead: true, unfit: unfit))
    }
    return matrices
  }

  private func matrix(
    _ name: String, of donorName: String, isHead: Bool, unfit: (model: Set<Int>, donor: Set<Int>)
  ) throws -> MatrixTransplant {
    let rows = try model.matrix(name)
    let donorRows = try donor.matrix(donorName)
    let index = TokenIndex(model.tokenizer, rows: rows.shape[0], skipping: unfit.model)
    let matching = TokenMatching(
      donor: donor.tokenizer, donorRows: donorRows.shape[0], model: index, junk: unfit.donor,
      allowsBytes: options.byteMatch.includes(isHead: isHead),
      allowsPrefixes: options.prefixMatch.includes(isHead: isHead))
    return MatrixTransplant(
      name: name, isHead: isHead, model: rows, donor: donorRows, matching: matching,
      options: options)
  }

  /// Tokens that one side has trained badly cannot teach anything about the other.
  private func unfitTokens() throws -> (model: Set<Int>, donor: Set<Int>) {
    let inModel = try undertrainedTokens(of: model)
    let inDonor = try undertrainedTokens(of: donor)
    return UnfitTokens(model: model.tokenizer, donor: donor.tokenizer).combined(inModel, inDonor)
  }

  private func writeFiles(to folder: String, rows: Int) throws {
    let configs = TransplantConfig(model: model, donor: donor, rows: rows)
    try ModelFolder.write(configs.config, to: "\(folder)/config.json")
    if let generation = try configs.generationConfig() {
      try ModelFolder.write(generation, to: "\(folder)/\(ModelFolder.generationName)")
    }
    try ModelFolder.copy(ModelFolder.tokenizerNames, from: donor.folder, to: folder)
  }

  private func warnings() -> [String] {
    var lines: [String] = []
    for (side, name) in [(model, model.embeddingName), (donor, donor.embeddingName)] {
      let rows = side.tensors.entry(name)?.shape.first ?? 0
      let beyond = side.tokenizer.vocabularySize - rows
      if beyond > 0 {
        lines.append(
          "\(side.folder): the tokenizer has \(beyond) ids past the \(rows) rows of "
            + "\(quoted(name)); they count as absent")
      }
    }
    return lines
  }
}
