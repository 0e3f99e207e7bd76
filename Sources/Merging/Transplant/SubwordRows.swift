internal import PluginAPI

/// A missing token by the pieces that the model's own tokenizer makes of its text.
struct SubwordRows: RowApproximation {
  let task: TransplantTask
  let method: SubwordMethod
  let pieces: TokenPieces
  let blockSize = 4096

  func rows(_ range: Range<Int>) throws -> Tensor {
    try task.combined(
      task.targets[range].map { id in
        let rows = try pieces.ids(ofDonorToken: id).filter { $0 < task.model.shape[0] }
        return RowCombination(rows: rows, weights: weights(count: rows.count))
      })
  }

  /// What stands last decides how a text goes on; what stands first is what must be predicted.
  private func weights(count: Int) -> [Double] {
    switch method {
    case .sum: return Array(repeating: 1, count: count)
    case .mean: return Array(repeating: 1 / Double(max(1, count)), count: count)
    case .weightedMean:
      let total = Double(count * (count + 1) / 2)
      let ascending = (0..<count).map { Double($0 + 1) / total }
      return task.isHead ? ascending.reversed() : ascending
    case .firstLast:
      let chosen = task.isHead ? 0 : count - 1
      return (0..<count).map { $0 == chosen ? 1 : 0 }
    }
  }
}

/// Spells tokens of one vocabulary in another.
struct TokenPieces {
  let donor: Tokenizer
  let model: Tokenizer
  private let index: TokenIndex
  /// The model's tokenizer writes a space before every text.
  private let addsSpace: Bool

  init(donor: Tokenizer, model: Tokenizer) throws {
    self.donor = donor
    self.model = model
    index = TokenIndex(model, rows: model.vocabularySize)
    let first = try model.encodeIDs("a").first
    addsSpace = first.flatMap { model.rawBytes($0) }?.first == 0x20
  }

  /// Ids of the model for the text of donor token `id`; of bytes that are no text, the tokens of
  /// single bytes that there are.
  func ids(ofDonorToken id: Int) throws -> [Int] {
    guard let id = Int32(exactly: id), let bytes = donor.rawBytes(id) else { return [] }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      return bytes.compactMap { index.ids[.byte($0)] ?? index.ids[.text([$0])] }
    }
    // ` the` where `the` becomes `▁the` anyway.
    if addsSpace, text.count > 1, text.hasPrefix(" ") { text.removeFirst() }
    return try model.encodeIDs(text).map(Int.init)
  }
}
