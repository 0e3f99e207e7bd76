internal import PluginAPI

/// Orthogonal matching pursuit (Pati, Rezaiifar, Krishnaprasad, 1993): the donor's row of a missing
/// token as a combination of at most k of the donor's shared rows, carried over to the model's rows
/// of the same tokens with the same weights.
///
/// Step by step the shared row with the largest |inner product| with what is still unexplained is
/// added, and all weights are fitted again by least squares. The inner products of a block of
/// targets with all shared rows are one matrix product a step, which is where the time goes:
/// 2 · k · S · D FLOPs a token.
struct MatchingPursuit: RowApproximation {
  let task: TransplantTask
  let k: Int
  /// f32 [S, D].
  private let atoms: Tensor

  init(_ task: TransplantTask, k: Int) {
    self.task = task
    self.k = k
    atoms = task.sharedDonorRows()
  }

  var blockSize: Int { productBlock(columns: atoms.rows) }

  func rows(_ range: Range<Int>) -> Tensor {
    let pursuits = pursuits(of: task.targetRows(range))
    return task.combined(
      pursuits.map { pursuit in
        RowCombination(
          rows: pursuit.chosen.map { task.shared[$0].model }, weights: pursuit.weights)
      })
  }

  private func pursuits(of targets: Tensor) -> [Pursuit] {
    let pursuits = (0..<targets.rows).map { Pursuit(targets.rows($0..<$0 + 1).floats()) }
    for _ in 0..<min(k, atoms.rows) {
      let active = pursuits.filter { !$0.isFinished }
      if active.isEmpty { break }
      let residuals = Tensor(active.flatMap(\.residual), shape: [active.count, atoms.width])
      let products = matmul(residuals, atoms, transposeB: true)
      ThreadPool.shared.parallel(active.count) { index in
        let row = products.rows(index..<index + 1).floats()
        active[index].step(products: row) { atoms.rows($0..<$0 + 1).floats() }
      }
    }
    return pursuits
  }
}

/// Targets whose products with `columns` rows are computed at once: 64 MiB of them.
func productBlock(columns: Int) -> Int { min(512, max(8, (1 << 24) / max(1, columns))) }

/// The pursuit of one target.
private final class Pursuit {
  private(set) var chosen: [Int] = []
  private(set) var weights: [Double] = []
  /// What the chosen rows leave unexplained.
  private(set) var residual: [Float]
  private(set) var isFinished: Bool

  private let target: [Float]
  private let norm: Double
  private var atoms: [[Float]] = []
  /// Of the inner products of the chosen rows.
  private var factor = CholeskyFactor()
  private var targetProducts: [Double] = []

  /// Below this share of the target, what is left is rounding.
  private static let smallestShare = 1e-6

  init(_ target: [Float]) {
    self.target = target
    residual = target
    norm = dot(target, target).squareRoot()
    isFinished = !(norm > 0)
  }

  /// Adds the best row by the `products` of all rows with the residual; `atom` fetches a row.
  func step(products: [Float], atom: (Int) -> [Float]) {
    guard let best = best(products) else {
      isFinished = true
      return
    }
    let row = atom(best)
    guard factor.append(products: atoms.map { dot($0, row) }, square: dot(row, row)) else {
      // The best row lies in the span of the chosen ones, to which the residual is orthogonal.
      isFinished = true
      return
    }
    chosen.append(best)
    atoms.append(row)
    targetProducts.append(dot(row, target))
    weights = factor.solve(targetProducts)
    updateResidual()
  }

  private func best(_ products: [Float]) -> Int? {
    var best: (index: Int, size: Float)?
    for (index, product) in products.enumerated() {
      let size = abs(product)
      if size > best?.size ?? 0, !chosen.contains(index) { best = (index, size) }
    }
    return best?.index
  }

  private func updateResidual() {
    var left = target.map { Double($0) }
    for (atom, weight) in zip(atoms, weights) { addScaled(atom, by: -weight, to: &left) }
    residual = left.map { Float($0) }
    isFinished = dot(left, left).squareRoot() <= Self.smallestShare * norm
  }
}
