import PluginAPI

/// Keeps each element with probability `density`, independently of all others (DARE, arXiv
/// 2311.03099); all for a density of 1 or more, none for 0 or less.
///
/// Whether an element stays depends on the seed, the tensor's name, the input's place and the
/// element's index alone: not on threads, blocks or the order of tensors. Probabilities are
/// multiples of 2⁻²⁴.
struct RandomDrop: Sparsifier {
  static let division = MergeDivision.elements
  let density: Double

  func sparsity<Input>(of vector: TaskVector<Input>) -> Sparsity {
    if density >= 1 { return .all }
    if density <= 0 { return .nothing }
    let (probability, random) = (Float(density), vector.random)
    return .masked { delta, block in
      delta.keepAtRandom(
        probability: probability, from: random, first: block.elements.lowerBound)
    }
  }
}
