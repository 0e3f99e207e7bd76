/// A model's embedding or head on the output vocabulary, rebuilt as it is read.
struct RebuiltSource: VectorSource {
  let rows: RebuiltRows
  let member: Int
  let shape: [Int]
  let dtype: DType

  /// The sources of one tensor, which lend each other the rows that they lack.
  ///
  /// - Parameter models: Index of the model of each, which is its index among the vocabulary's
  ///   members.
  static func sources(
    _ values: [any VectorSource], of models: [Int], vocabulary: VocabularyPlan,
    tensor: PlannedTensor
  ) throws -> [any VectorSource] {
    let alignment = try vocabulary.alignment(of: models)
    if models.allSatisfy({ alignment.isIdentity($0) }) { return values }
    let tensors = values.map { $0 as? Tensor ?? MergeSource(model: "", values: $0).tensor() }
    let rebuilt = try RebuiltRows(alignment, tensors: tensors, name: tensor.name)
    return models.map {
      RebuiltSource(rows: rebuilt, member: $0, shape: tensor.shape, dtype: rebuilt.dtype)
    }
  }

  func read(from start: Int, into vector: Vector) {
    let width = rows.rowElements
    let first = start / width
    let last = (start + vector.count - 1) / width
    let buffer = Tensor(uninitialized: [last - first + 1, width])
    rows.read(member: member, rows: first..<last + 1, into: buffer)
    buffer.read(from: start - first * width, into: vector)
  }
}
