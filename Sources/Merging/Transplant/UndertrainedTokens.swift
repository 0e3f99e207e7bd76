internal import PluginAPI

/// Tokens that a model has hardly seen, by the indicators of "Fishing for Magikarp" (Land and
/// Bartolo, 2024): ids without a token and reserved ones; where the head is a matrix of its own, the
/// 1 % of rows with the smallest embedding; and rows whose cosine with the mean unused row is above
/// the 99 % quantile and above 0.5, in embedding or head.
func undertrainedTokens(of model: VocabularyModel) throws -> Set<Int> {
  let embedding = try model.matrix(model.embeddingName)
  let unused = unusedIDs(model.tokenizer, rows: embedding.shape[0])
  var found = Set(unused)
  if let headName = model.headName {
    let norms = rowNorms(embedding)
    let limit = quantile(norms, 0.01)
    found.formUnion(norms.indices.filter { norms[$0] < limit })
    found.formUnion(likeUnused(try model.matrix(headName), unused))
  }
  found.formUnion(likeUnused(embedding, unused))
  return found
}

private func unusedIDs(_ tokenizer: Tokenizer, rows: Int) -> [Int] {
  (0..<rows).filter { id in
    guard let text = tokenizer.token(Int32(id)) else { return true }
    return text.contains("unused_token") || text.contains("reserved_special_token")
  }
}

/// Rows that point where the unused rows point on average.
private func likeUnused(_ matrix: Tensor, _ unused: [Int]) -> [Int] {
  let rows = unused.filter { $0 < matrix.shape[0] }
  guard !rows.isEmpty else { return [] }
  let mean = meanRow(of: Tensor.gathered(rows, from: [matrix]))
  let length = max(dot(mean, mean).squareRoot(), .leastNormalMagnitude)
  let cosines = mapRows(matrix) { row in
    dot(row, mean) / max(length * dot(row, row).squareRoot(), .leastNormalMagnitude)
  }
  let limit = max(0.5, quantile(cosines, 0.99))
  return cosines.indices.filter { cosines[$0] > limit }
}

private func rowNorms(_ matrix: Tensor) -> [Double] {
  mapRows(matrix) { dot($0, $0).squareRoot() }
}

private func mapRows(_ matrix: Tensor, _ body: ([Float]) -> Double) -> [Double] {
  (0..<matrix.shape[0]).map { body(matrix.rows($0..<$0 + 1).converted(to: .f32).floats()) }
}

/// The `share` quantile of `values`, between neighbours in proportion.
private func quantile(_ values: [Double], _ share: Double) -> Double {
  let sorted = values.sorted()
  guard let last = sorted.last else { return 0 }
  let place = share * Double(sorted.count - 1)
  let low = Int(place)
  let high = low + 1 < sorted.count ? sorted[low + 1] : last
  return sorted[low] + (place - Double(low)) * (high - sorted[low])
}

/// Which tokens of two models not to go by, given those that each has trained badly.
struct UnfitTokens {
  let model: Tokenizer
  let donor: Tokenizer

  /// - Returns: Ids of the model that are bad in either, and ids of the donor that are bad there
  ///   and not known to the model as good ones: nothing speaks for any row of theirs.
  func combined(_ inModel: Set<Int>, _ inDonor: Set<Int>) -> (model: Set<Int>, donor: Set<Int>) {
    let badInDonor = Set(inDonor.compactMap { TokenKey($0, of: donor) })
    let goodInModel = TokenIndex(model, rows: model.vocabularySize, skipping: inModel)
    var skipped = inModel
    for (key, id) in goodInModel.ids where badInDonor.contains(key) { skipped.insert(id) }
    let junk = inDonor.filter { id in
      TokenKey(id, of: donor).map { goodInModel.ids[$0] == nil } ?? true
    }
    return (skipped, junk)
  }
}
