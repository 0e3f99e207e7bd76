internal import PluginAPI

/// The new rows of one matrix, embedding or head.
struct MatrixTransplant {
  /// Its tensor in the model.
  let name: String
  let isHead: Bool
  /// As stored, [Vm, C] and [Vd, D].
  let model: Tensor
  let donor: Tensor
  let matching: TokenMatching
  let options: TransplantOptions

  /// Rows by the donor's ids [V, C] in the model's type: copies to the bit, or approximations
  /// rounded once.
  ///
  /// - Parameter progress: Told how many of the missing tokens are done; may throw to stop.
  func rows(
    pieces: () throws -> TokenPieces, progress: (Int, Int) throws -> Void
  ) throws -> Tensor {
    let targets = matching.targets
    let approximations = try approximations(targets, pieces: pieces, progress: progress)
    let zero = Tensor(zeros: [1, model.width], dtype: model.dtype)
    var next = model.shape[0]
    let places = matching.origins.map { origin in
      switch origin {
      case .shared(let row), .byBytes(let row), .byPrefix(let row): return row
      case .zero: return model.shape[0] + targets.count
      case .approximated:
        next += 1
        return next - 1
      }
    }
    return Tensor.gathered(places, from: [model] + approximations + [zero])
  }

  private func approximations(
    _ targets: [Int], pieces: () throws -> TokenPieces, progress: (Int, Int) throws -> Void
  ) throws -> [Tensor] {
    guard !targets.isEmpty else { return [] }
    let task = TransplantTask(
      model: model, donor: donor,
      shared: matching.shared.filter { $0.donor < donor.shape[0] }, targets: targets,
      isHead: isHead)
    let approximation = try approximation(task, pieces: pieces)
    var parts: [Tensor] = []
    for start in stride(from: 0, to: targets.count, by: approximation.blockSize) {
      let range = start..<min(targets.count, start + approximation.blockSize)
      parts.append(try approximation.rows(range).converted(to: model.dtype))
      try progress(range.upperBound, targets.count)
    }
    return parts
  }

  private func approximation(
    _ task: TransplantTask, pieces: () throws -> TokenPieces
  ) throws -> any RowApproximation {
    let random = CounterRNG(seed: options.seed, stream: isHead ? 1 : 0)
    switch options.method {
    case .omp:
      try checkShared(task)
      return MatchingPursuit(task, k: options.neighbours)
    case .commonInterpolation:
      try checkShared(task)
      return NearestRows(
        task, k: options.neighbours, distance: options.distance, weighting: options.weights)
    case .subword: return SubwordRows(task: task, method: options.subword, pieces: try pieces())
    case .mean: return MeanRow(task)
    case .zero: return ZeroRow(width: model.width)
    case .randn: return NormalRows(task: task, random: random)
    case .johnHewitt: return CovarianceRows(task, random: random)
    }
  }

  private func checkShared(_ task: TransplantTask) throws {
    guard task.shared.isEmpty else { return }
    throw Problem(
      .badData,
      "the two vocabularies share no token, so \(options.method.rawValue) has nothing "
        + "to go by", expected: "some tokens in common", hint: "use -a subword, or mean")
  }
}
