import PluginAPI

/// The task vectors Δᵢ = Xᵢ − B of a matrix, in f64. Each is read when it is asked for, so that a
/// rule holds no more of them than it needs: 8 bytes an element, and 4 more while reading.
struct TaskMatrices {
  /// The tensor's name, for messages.
  let name: String
  let base: Matrix
  private let sources: [MergeSource]

  /// - Throws: `Problem` for values of the base that are infinite or NaN.
  init(name: String, base: MergeSource, sources: [MergeSource]) throws {
    self.name = name
    self.sources = sources
    self.base = try Self.matrix(of: base, name)
  }

  var count: Int { sources.count }
  var rows: Int { base.rows }
  var columns: Int { base.columns }
  /// The number of singular values.
  var rank: Int { min(rows, columns) }

  /// Δ of input `index`.
  /// - Throws: `Problem` for values that are infinite or NaN.
  subscript(index: Int) -> Matrix {
    get throws { try Self.matrix(of: sources[index], name) - base }
  }

  /// Σ wᵢΔᵢ; all weights 1 by default.
  func sum(weights: [Double]? = nil) throws -> Matrix {
    var sum = Matrix(zeros: rows, by: columns)
    for index in 0..<count {
      let delta = try self[index]
      sum = sum + (weights.map { delta * $0[index] } ?? delta)
    }
    return sum
  }

  private static func matrix(of source: MergeSource, _ name: String) throws -> Matrix {
    let matrix = Matrix(source.tensor())
    if matrix.isFinite { return matrix }
    throw Problem(
      .badData, at: "tensor \(quoted(name)) of \(quoted(source.model))",
      "holds NaN or infinity, which has no singular values",
      hint: "the weights are damaged; fetch or train the model again")
  }
}

extension TensorMerge {
  /// Writes B + scale · τ: of a matrix the τ that `body` makes, of any other tensor the mean of the
  /// task vectors, block by block. Without inputs the base is copied.
  ///
  /// - Throws: What `body` throws, a `Problem` without a place with the tensor as its place, and
  ///   what reading and writing throw.
  func mergeMatrix(scale: Double, _ body: (TaskMatrices) throws -> Matrix) throws {
    let base = try requiredBase()
    if inputs.isEmpty { return try write(base) }
    guard shape.count == 2 else { return try writeMean(scale: scale) }
    let deltas = try TaskMatrices(name: name, base: base, sources: inputs.map(\.source))
    do {
      let merged = try body(deltas)
      try write((deltas.base + merged * scale).tensor(shape: shape))
    } catch var problem as Problem {
      problem.place = problem.place ?? "tensor \(quoted(name))"
      throw problem
    }
  }

  /// B + scale · mean(Δᵢ).
  func writeMean(scale: Double) throws {
    let share = Double(1) / Double(inputs.count)
    try writeSum(weights: inputs.map { _ in scale * share })
  }

  /// B + Σ wᵢΔᵢ.
  func writeSum(weights: [Double]) throws {
    let base = try requiredBase()
    try write { block, result in
      let origin = block.values(of: base)
      result.fill(0)
      for (input, weight) in zip(inputs, weights) {
        result.add(block.delta(of: input.source, from: origin), times: Float(weight))
      }
      result.add(origin)
    }
  }
}
