internal import Glibc

/// Weights for averaging models by how well each does on a few examples of the task at hand:
/// w_i = softmax(−L_i / T).
///
/// Xiao et al., "LM-Cocktail: resilient tuning of language models via model merging", arXiv
/// 2311.13534; T = 5 is the default of its code.
/// - Parameters:
///   - losses: A mean loss a model; finite.
///   - temperature: Above 0. Small values favour the best model, large ones make all weights equal.
/// - Returns: As many weights, which sum to 1; of no losses none.
public func cocktailWeights(losses: [Double], temperature: Double = 5) -> [Double] {
  precondition(temperature > 0, "a temperature of \(temperature)")
  guard let least = losses.min() else { return [] }
  let shares = losses.map { exp((least - $0) / temperature) }
  let total = shares.reduce(0, +)
  return shares.map { $0 / total }
}
