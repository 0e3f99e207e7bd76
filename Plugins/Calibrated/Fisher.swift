import PluginAPI

/// Fisher merging: each element is averaged with the weights of the models' Fisher information,
/// which says how much a model's output depends on it.
///
///     Y = Σ c_i (F_i + ε) X_i / Σ c_i (F_i + ε)
///
/// Matena and Raffel, arXiv 2111.09832. With `normalize_fisher_weight`, c_i is also
/// divided by ‖F_i‖ + ε, the norm over the whole model, as FusionBench does: models whose gradients
/// are larger throughout then do not win everywhere. F comes from `crucible model statistics`.
/// Tensors that no model's statistics have (buffers, a copy of a tied head) get the mean by c.
struct Fisher: MergeMethod {
  static let name = "fisher"
  static let summary = "Mean of each element weighted by the models' Fisher information."
  static let contract = MergeContract(base: .ignored, missing: .mergePresent)

  struct Options: PluginOptions {
    @Setting("Whether every model's Fisher information is divided by its norm.")
    var normalizeFisherWeight = true
    @Setting("Added to the information of every element.", in: 1e-30...) var epsilon: Float = 1e-6
  }

  struct Input: PluginOptions {
    @Setting("Share of the model, before its Fisher information.", in: 0...) var weight: Float = 1
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    let terms = try terms(of: tensor)
    try tensor.write { block, result in
      result.fill(0)
      let total = block.zeros()
      for term in terms {
        let importance = term.importance(in: block, epsilon: options.epsilon)
        total.add(importance)
        let values = block.values(of: term.source)
        values.multiply(importance)
        result.add(values)
      }
      result.divide(byNonzero: total)
    }
  }

  /// One model's part of the mean.
  private struct Term {
    let source: MergeSource
    /// nil: 0 everywhere.
    let information: Tensor?
    /// c_i, all of them together 1.
    var share: Double

    /// c (F + ε), element by element.
    func importance(in block: MergeBlock, epsilon: Float) -> Vector {
      let importance = block.scratch()
      importance.fill(epsilon)
      if let information {
        let values = block.scratch()
        information.read(from: block.elements.lowerBound, into: values)
        importance.add(values)
      }
      importance.scale(Float(share))
      return importance
    }
  }

  private func terms(of tensor: TensorMerge<Input>) throws -> [Term] {
    let found = try tensor.inputs.map { try $0.source.statistic("fisher") }
    let areKnown = found.contains { $0 != nil }
    var terms: [Term] = []
    for (input, information) in zip(tensor.inputs, found) {
      let norm = try input.source.statistic("fisher.norm")
      guard information != nil || (!areKnown && norm != nil) else {
        throw missing(tensor.name, input.source, hasFile: norm != nil)
      }
      try information.map { try check($0, of: tensor, input.source) }
      var share = Double(input.parameters.weight)
      if options.normalizeFisherWeight {
        share /= try self.norm(norm, input.source) + Double(options.epsilon)
      }
      terms.append(Term(source: input.source, information: information, share: share))
    }
    return try shared(terms, tensor.name)
  }

  private func shared(_ terms: [Term], _ name: String) throws -> [Term] {
    let total = terms.reduce(0) { $0 + $1.share }
    guard total > 0, total.isFinite else {
      throw Problem(
        .badConfiguration, at: name, "the weights sum to \(total)",
        expected: "at least one above 0")
    }
    return terms.map { term in
      var term = term
      term.share /= total
      return term
    }
  }

  // MARK: - Statistics that do not fit

  private func norm(_ tensor: Tensor?, _ source: MergeSource) throws -> Double {
    guard let tensor, tensor.shape == [1], tensor.dtype == .f32, let norm = tensor.floats().first,
      norm >= 0, norm.isFinite
    else {
      throw Problem(
        .badData, at: source.model, "its Fisher information has no norm",
        expected: "'#norm', one f32 value of 0 or more",
        hint: "measure it again, or set normalize_fisher_weight to false")
    }
    return Double(norm)
  }

  private func check(
    _ information: Tensor, of tensor: TensorMerge<Input>, _ source: MergeSource
  ) throws {
    let place = "\(source.model): Fisher information of \(quoted(tensor.name))"
    guard information.shape == tensor.shape, information.dtype == .f32 else {
      throw Problem(
        .badData, at: place, "has shape \(information.shape) of \(information.dtype)",
        expected: "\(tensor.shape) of f32, the tensor's",
        hint: "the statistics belong to other weights: measure them again")
    }
    // |F| − F is 0 where F is a number of at least 0, and above it or NaN elsewhere.
    let faults = tensor.accumulate(from: 0.0) { block, sum in
      let (values, magnitudes) = (block.scratch(), block.scratch())
      information.read(from: block.elements.lowerBound, into: values)
      magnitudes.setMagnitudes(values)
      magnitudes.subtract(values)
      sum += magnitudes.sum
    }
    guard faults.allSatisfy({ $0 == 0 }) else {
      throw Problem(
        .badData, at: place, "holds negative or infinite values or NaN",
        expected: "squared gradients", hint: "measure it again: crucible model statistics")
    }
  }

  private func missing(_ name: String, _ source: MergeSource, hasFile: Bool) -> Problem {
    Problem(
      .missingInput, at: source.model,
      hasFile
        ? "its Fisher information lacks \(quoted(name)), which other inputs have"
        : "there is no Fisher information of \(quoted(name))",
      expected: "statistics of every input",
      hint: "measure them: crucible model statistics MODEL --kind fisher --data FILE")
  }
}
