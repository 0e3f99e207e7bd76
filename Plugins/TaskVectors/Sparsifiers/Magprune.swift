import PluginAPI

/// Drops at random, small elements more often (DELLA's MAGPRUNE, arXiv 2406.11617).
///
/// Per row of m elements, with the magnitudes' ranks 0…m − 1 ascending (of equal ones the lower
/// index first), an element stays with probability
/// p = density − epsilon + 2 · epsilon · rank / (m − 1); p = density in rows of one element. All
/// stay for a density of 1 or more, none for 0 or less.
///
/// A row is a run of the last axis, whatever the number of axes, and a vector is one row. (Of
/// tensors with three axes or more mergekit ranks along the second one, which for stacked matrices
/// mixes inputs instead of following the paper.)
struct Magprune: Sparsifier {
  static let division = MergeDivision.rows
  /// Ranks are exact in f32 up to here.
  static let longestRow = 1 << 24
  let density: Double
  let epsilon: Double

  struct Input: WeightedParameters {
    @Shared var dense = DenseInput()
    @Setting("How much likelier than density the largest element of a row stays.")
    var epsilon = 0.15

    var weight: Double { dense.weight }
  }

  func sparsity<Input>(of vector: TaskVector<Input>) throws -> Sparsity {
    if density >= 1 { return .all }
    if density <= 0 { return .nothing }
    try check(vector)
    let random = vector.random
    return .masked { delta, block in
      let probabilities = block.scratch()
      for row in 0..<block.rowCount {
        setProbabilities(
          block.row(row, of: probabilities), of: block.row(row, of: delta), in: block.arena)
      }
      delta.keepAtRandom(
        probabilities: probabilities, from: random, first: block.elements.lowerBound)
    }
  }

  /// Fills `probabilities` with how likely each element of a row stays.
  func setProbabilities(_ probabilities: Vector, of row: Vector, in arena: VectorArena) {
    guard row.count > 1 else { return probabilities.fill(Float(density)) }
    probabilities.setRanks(ofMagnitudes: row, scratch: arena)
    probabilities.scale(Float(2 * epsilon / Double(row.count - 1)))
    let lowest = arena.vector(row.count)
    lowest.fill(Float(density - epsilon))
    probabilities.add(lowest)
  }

  private func check<Input>(_ vector: TaskVector<Input>) throws {
    guard density - abs(epsilon) > 0, density + abs(epsilon) < 1 else {
      throw Problem(
        .badConfiguration, at: vector.place,
        "density \(density) and epsilon \(epsilon) give probabilities from "
          + "\(density - abs(epsilon)) to \(density + abs(epsilon))",
        expected: "density − epsilon above 0 and density + epsilon below 1",
        hint: "make epsilon smaller than \(min(density, 1 - density))")
    }
    let width = vector.tensor.shape.last ?? 1
    guard width <= Self.longestRow else {
      throw Problem(
        .badData, at: vector.place, "has rows of \(width) elements",
        expected: "at most \(Self.longestRow), for exact ranks")
    }
  }
}

extension Magprune {
  init(_ input: Input) { self.init(density: input.dense.density, epsilon: input.epsilon) }
}
