import PluginAPI

/// A rectangle of tokens as other tools write it, packed for the decoder: masked positions are
/// left out, which is why left and right padding need no special care.
struct TokenBatch {
  let rows: Int
  let columns: Int
  let ids: [Int32]
  let layout: SequenceLayout
  /// Where each packed token stands in the rectangle.
  let places: [Int]
  /// Packed like `ids`; nil when the file has none.
  let labels: [Int32]?

  /// Reads `input_ids` i64 [B,T] and, where present, `attention_mask` and `labels` of that shape.
  init(path: String, for model: DecoderModel) throws {
    let vocabularySize = model.config.vocabularySize
    let file = try SafetensorsFile(path: path)
    let input = try Self.integers("input_ids", in: file)
    let values = input.values
    (rows, columns) = (input.shape[0], input.shape[1])
    let limit = model.config.embedding.learnedPositions ?? Int(Int32.max)
    guard input.shape[0] >= 1, (1...limit).contains(input.shape[1]) else {
      throw Problem(
        .badData, at: "\(path): tensor 'input_ids'", "has shape \(input.shape)",
        expected: "at least one row and 1 to \(limit) tokens, the model's positions")
    }
    let mask = try Self.optional("attention_mask", in: file, like: input.shape)
    let allLabels = try Self.optional("labels", in: file, like: input.shape)
    let places = values.indices.filter { place in mask.map { $0[place] != 0 } ?? true }
    self.places = places
    ids = try places.map { try Self.token(values[$0], vocabularySize, "input_ids", path) }
    labels = try allLabels.map { labels in
      try places.map { place in
        labels[place] == Int64(DecoderModel.ignoredLabel)
          ? DecoderModel.ignoredLabel
          : try Self.token(labels[place], vocabularySize, "labels", path)
      }
    }
    var lengths = [Int](repeating: 0, count: input.shape[0])
    for place in places { lengths[place / max(1, input.shape[1])] += 1 }
    guard !lengths.contains(0) else {
      throw Problem(
        .badData, at: path, "a row of 'input_ids' has no token that counts",
        expected: "at least one a row")
    }
    layout = SequenceLayout(lengths: lengths)
  }

  /// Packed rows [N, width] spread over the rectangle [B, T, width], zeros where nothing stands.
  func spread(_ packed: Tensor) -> Tensor {
    let width = packed.width
    let values = packed.floats()
    var result = [Float](repeating: 0, count: rows * columns * width)
    for (row, place) in places.enumerated() {
      result.replaceSubrange(
        place * width..<(place + 1) * width, with: values[row * width..<(row + 1) * width])
    }
    return Tensor(result, shape: [rows, columns, width])
  }

  /// The ids of each row.
  var sequences: [[Int32]] {
    (0..<layout.count).map { Array(ids[layout.rows(of: $0)]) }
  }

  private static func token(
    _ value: Int64, _ vocabularySize: Int, _ name: String, _ path: String
  ) throws -> Int32 {
    guard value >= 0, value < vocabularySize else {
      throw Problem(
        .badData, at: "\(path): tensor '\(name)'", "token id \(value) is not in the vocabulary",
        expected: "0..<\(vocabularySize)")
    }
    return Int32(value)
  }

  private static func optional(
    _ name: String, in file: SafetensorsFile, like shape: [Int]
  ) throws -> [Int64]? {
    guard file.entry(name) != nil else { return nil }
    let tensor = try integers(name, in: file)
    guard tensor.shape == shape else {
      throw Problem(
        .badData, at: "\(file.path): tensor '\(name)'", "has shape \(tensor.shape)",
        expected: "\(shape), as input_ids")
    }
    return tensor.values
  }

  private static func integers(
    _ name: String, in file: SafetensorsFile
  ) throws -> (shape: [Int], values: [Int64]) {
    guard let entry = file.entry(name) else {
      throw Problem(
        .badData, at: file.path, "has no tensor '\(name)'",
        expected: "'input_ids', an i64 tensor [batch, tokens]")
    }
    guard entry.dtype == .i64, entry.shape.count == 2 else {
      throw Problem(
        .badData, at: "\(file.path): tensor '\(name)'",
        "is \(entry.dtypeName) of shape \(entry.shape)", expected: "I64 [batch, tokens]")
    }
    let values = try file.tensor(name).withBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
    }
    return (entry.shape, values)
  }
}
