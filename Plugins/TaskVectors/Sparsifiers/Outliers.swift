import PluginAPI

/// Drops the largest magnitudes as outliers, then the smallest down to the density (Model
/// Breadcrumbs, arXiv 2312.06795; there per layer, here per tensor as in mergekit).
///
/// With n elements: keep = floor(density · n), top = floor(gamma · n),
/// bottom = max(0, n − keep − top); of the magnitudes in ascending order those at
/// bottom..<bottom + keep stay. So where gamma > 1 − density fewer than `top` are dropped, and
/// where top = 0 (n < 1/gamma) none. All stay for a density of 1 or more, none for 0 or less.
struct Outliers: Sparsifier {
  static let division = MergeDivision.elements
  let density: Double
  let gamma: Double

  struct Input: WeightedParameters {
    @Shared var dense = DenseInput()
    @Setting("Share of the task vector's largest elements that go first.") var gamma = 0.01

    var weight: Double { dense.weight }
  }

  func sparsity<Input>(of vector: TaskVector<Input>) -> Sparsity {
    if density >= 1 { return .all }
    let count = vector.tensor.count
    let kept = share(density, of: count)
    if kept <= 0 { return .nothing }
    let bottom = max(0, count - kept - share(gamma, of: count))
    // A negative gamma pushes the band past the largest.
    let top = max(0, count - bottom - kept)
    return bottom < count ? vector.keeping(descendingRanks: top..<count - bottom) : .nothing
  }
}

extension Outliers {
  init(_ input: Input) { self.init(density: input.dense.density, gamma: input.gamma) }
}
