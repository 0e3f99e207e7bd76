import PluginAPI

/// A source and what it is multiplied by.
struct WeightedSource {
  let source: MergeSource
  let coefficient: Double
}

extension TensorMerge {
  /// Writes Σ cᵢ·Xᵢ, with a base B + Σ cᵢ·(Xᵢ − B): what averages and spheres end in. Reads every
  /// source once, those with a coefficient of 0 not at all.
  ///
  /// Differences are taken before they are scaled: where all sources equal the base, the result is
  /// the base bit for bit.
  func write(_ terms: [WeightedSource], from base: MergeSource? = nil) throws {
    let terms = terms.filter { $0.coefficient != 0 }
    guard let first = terms.first else {
      if let base { return try write(base) }
      return try write { _, result in result.fill(0) }
    }
    let others = terms.dropFirst()
    try write { block, result in
      // Straight into the result: one vector less to pass over.
      first.source.values.read(from: block.elements.lowerBound, into: result)
      let base = base.map { block.values(of: $0) }
      if let base { result.subtract(base) }
      if first.coefficient != 1 { result.scale(Float(first.coefficient)) }
      for term in others {
        let values = block.values(of: term.source)
        if let base { values.subtract(base) }
        result.add(values, times: Float(term.coefficient))
      }
      if let base { result.add(base) }
    }
  }

  /// The inputs of a rule that works with exactly `count`.
  ///
  /// - Throws: `Problem` for any other number.
  func inputs(exactly count: Int) throws -> [MergeInput<Input>] {
    guard inputs.count == count else {
      throw Problem(
        .badConfiguration, at: name, "\(inputs.count) models have this tensor",
        expected: "\(count) besides the base")
    }
    return inputs
  }
}

extension Array where Element == Double {
  /// The weights divided by their sum.
  ///
  /// - Throws: `Problem` naming `tensor` when they cancel, to rounding.
  func normalised(for tensor: String, option: String) throws -> [Double] {
    let sum = reduce(0, +)
    // 0.1 + 0.2 − 0.3 is not 0 in double, but nobody wants a quotient by 5.6e-17.
    guard abs(sum) > 1e-12 * reduce(0, { $0 + abs($1) }) else {
      throw Problem(
        .badConfiguration, at: tensor, "weights \(self) have no sum to be divided by",
        expected: "a sum other than 0", hint: "\(option): false keeps them as they are")
    }
    return map { $0 / sum }
  }
}
