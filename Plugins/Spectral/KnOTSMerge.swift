import PluginAPI

/// KnOTS (arXiv 2410.19735): task vectors merged in the coordinates of their common singular
/// directions, in which even adapters far apart are comparable.
///
/// [Δ₁ | Δ₂ | …] = U Σ [V₁ | V₂ | …]ᵀ without the σ up to `singular_value_floor`; the parts Vᵢᵀ are
/// merged by `merge`:
///
/// - `ties`: of each part the share `density` of largest magnitude is kept, at least one element and
///   of equal ones the lowest indices; the sign of an element is that of Σ `weight`ᵢ · Vᵢ, + where
///   it is 0; then Σ weightᵢ · Vᵢ / Σ weightᵢ over the parts that agree with it;
/// - `linear`: Σ weightᵢ · Vᵢ, which without a cut-off σ is task arithmetic.
///
/// Y = B + `lambda` · UΣ · V_merged. Tensors that are no matrices: Y = B + lambda · mean(Δᵢ).
struct KnOTSMerge: MergeMethod {
  static let name = "knots"
  static let summary = "TIES or a sum of task vectors in the basis of their common directions."
  static let contract = MergeContract.spectral

  enum Rule: String, OptionChoice { case ties, linear }

  struct Options: PluginOptions {
    @Setting("How the aligned parts are merged.") var merge = Rule.ties
    @Setting("Singular values up to this are left out.", in: 0.0...)
    var singularValueFloor = 1e-4
    @Setting("Factor on the merged task vector.") var lambda = 1.0
  }

  struct Input: PluginOptions {
    @Setting("Factor on the model's aligned part; may be negative.") var weight = 1.0
    @Setting("Share of the aligned part's elements that stay, with merge: ties.", in: 0.0...1)
    var density = 1.0
  }

  private let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try tensor.mergeMatrix(scale: options.lambda) { deltas in
      let all = try Matrix.concatenated(columns: (0..<deltas.count).map { try deltas[$0] })
      let svd = try all.svd()
      let kept = svd.truncated(to: svd.s.count { $0 > options.singularValueFloor })
      guard !kept.s.isEmpty else { return Matrix(zeros: deltas.rows, by: deltas.columns) }
      let parts = (0..<deltas.count).map { index in
        kept.vT.slice(columns: index * deltas.columns..<(index + 1) * deltas.columns)
      }
      return kept.u.scalingColumns(by: kept.s).times(try merged(parts, tensor))
    }
  }

  private func merged(_ parts: [Matrix], _ tensor: TensorMerge<Input>) throws -> Matrix {
    switch options.merge {
    case .linear:
      return zip(parts, tensor.inputs).reduce(Matrix(zeros: parts[0].rows, by: parts[0].columns)) {
        $0 + $1.0 * $1.1.parameters.weight
      }
    case .ties:
      let inputs = zip(parts, tensor.inputs).map { part, input in
        AlignedPart(values: part.tensor(), parameters: input.parameters)
      }
      return Matrix(try elect(inputs, name: tensor.name))
    }
  }
}
