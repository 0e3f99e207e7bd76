import PluginAPI

/// Spherical interpolation between two models, with weights instead of t, of their differences to
/// a base if there is one; over whole tensors, rows or columns.
///
/// t = w₂/(w₁ + w₂), or ½ where |w₁ + w₂| < 1e-6. With v the models' tensors, or their differences
/// to the base B: Y = sin((1−t)θ)/sin θ · v₁ + sin(tθ)/sin θ · v₂ (+ B), and (1−t)v₁ + tv₂ only for
/// collinear vectors. Vectors shorter than 1e-7 count as at a right angle.
///
/// As in mergekit 0.1.5, whose documentation names the axes the other way round:
/// `nuslerp_flatten: false` works along the last axis (each row of a matrix is one vector), with
/// `nuslerp_row_wise: true` along the first (each column). A tensor of one axis is one vector.
struct NuslerpMerge: MergeMethod {
  static let name = "nuslerp"
  static let summary = "Spherical interpolation between two models or their task vectors."
  static let contract = MergeContract(
    base: .optional, inputs: 2...2, missing: .copySingle, required: ["weight"])

  struct Options: PluginOptions {
    @Setting("Takes a whole tensor as one vector.") var nuslerpFlatten = true
    @Setting("Without flattening: columns are the vectors instead of rows.")
    var nuslerpRowWise = false
  }

  struct Input: PluginOptions {
    @Setting("Share of this model.") var weight = 1.0
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    let inputs = try tensor.inputs(exactly: 2)
    let (first, second) = (inputs[0].parameters.weight, inputs[1].parameters.weight)
    let t = abs(first + second) < 1e-6 ? 0.5 : second / (first + second)
    let sources = inputs.map(\.source)
    if options.nuslerpFlatten || tensor.shape.count < 2 {
      try mergeWhole(tensor, sources, t)
    } else if options.nuslerpRowWise {
      try mergeColumns(tensor, sources, t)
    } else {
      try mergeRows(tensor, sources, t)
    }
  }

  private func mergeWhole(
    _ tensor: TensorMerge<Input>, _ sources: [MergeSource], _ t: Double
  ) throws {
    let gram = tensor.gram(of: sources, from: tensor.base)
    let arc = Arc(squares: (gram[0, 0], gram[1, 1]), product: gram[0, 1], t: t)
    try tensor.write(
      [
        WeightedSource(source: sources[0], coefficient: arc.first),
        WeightedSource(source: sources[1], coefficient: arc.second),
      ], from: tensor.base)
  }

  private func mergeRows(
    _ tensor: TensorMerge<Input>, _ sources: [MergeSource], _ t: Double
  ) throws {
    let base = tensor.base
    try tensor.write(by: .rows) { block, result in
      let vectors = block.vectors(of: sources, from: base)
      for row in 0..<block.rowCount {
        let (one, other) = (block.row(row, of: vectors[0]), block.row(row, of: vectors[1]))
        let arc = Arc(
          squares: (one.sumOfSquares, other.sumOfSquares), product: one.dot(other), t: t)
        one.scale(Float(arc.first))
        one.add(other, times: Float(arc.second))
      }
      result.copy(vectors[0])
      if let base { result.add(block.values(of: base)) }
    }
  }

  private func mergeColumns(
    _ tensor: TensorMerge<Input>, _ sources: [MergeSource], _ t: Double
  ) throws {
    let (base, arcs) = (tensor.base, ColumnArcs(tensor, sources, t))
    try tensor.write(by: .rows) { block, result in
      let vectors = block.vectors(of: sources, from: base)
      for row in 0..<block.rowCount {
        let place = arcs.place(ofRow: row, in: block)
        block.row(row, of: vectors[0]).multiply(arcs.first(place))
        block.row(row, of: vectors[1]).multiply(arcs.second(place))
      }
      result.copy(vectors[0])
      result.add(vectors[1])
      if let base { result.add(block.values(of: base)) }
    }
  }
}
