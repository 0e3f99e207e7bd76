internal import Formats
internal import Kernels

/// Finds, checks and views the weights of a model. All faults are reported together.
struct WeightLoader {
  let config: DecoderConfig
  let names: WeightNames
  let source: any WeightSource
  let options: OpenOptions
  private(set) var warnings: [String] = []

  init(
    config: DecoderConfig, names: WeightNames, source: any WeightSource, options: OpenOptions
  ) {
    self.config = config
    self.names = names
    self.source = source
    self.options = options
  }

  /// One variable for each spec, in order. Projections and tables stay views in their stored
  /// dtype; norms and biases, which kernels read as f32, are converted.
  mutating func load(_ specs: [WeightSpec]) throws -> [Variable] {
    try check(specs)
    noteExtra(specs)
    var variables: [Variable] = []
    var nonFinite: [String] = []
    for spec in specs {
      let whole = try source.tensor(spec)
      if options.nonFinite != .ignore, holdsNonFinite(whole) {
        nonFinite.append(source.storedName(spec))
      }
      let part = spec.outputs.map {
        cut(whole, outputs: $0, isTransposed: spec.isTransposed)
      }
      let value = part ?? whole
      variables.append(
        Variable(value.shape.count == 1 ? dequantised(value) : value, name: spec.uniqueName))
    }
    try judge(nonFinite: nonFinite)
    return variables
  }

  // MARK: - Names and shapes

  private func check(_ specs: [WeightSpec]) throws {
    var missing: [String] = []
    var problems: [Problem] = []
    for spec in specs {
      let name = source.storedName(spec)
      guard let shape = source.shape(spec) else {
        if !missing.contains(name) { missing.append(name) }
        continue
      }
      if shape != spec.storedShape {
        problems.append(
          Problem(
            .badData, at: source.place, "tensor \(quoted(name)) has shape \(shape)",
            expected: "\(spec.storedShape) by the config"))
      }
    }
    if !missing.isEmpty { problems.insert(missingProblem(missing), at: 0) }
    // Fused projections repeat their fault for every part.
    problems = problems.enumerated().filter { index, problem in
      !problems[..<index].contains(problem)
    }.map(\.element)
    if problems.count == 1 { throw problems[0] }
    if !problems.isEmpty { throw Problems(problems) }
  }

  private func missingProblem(_ names: [String]) -> Problem {
    let head = WeightSlot(role: .head, layer: nil)
    let lacksHead = names.contains { $0.hasPrefix(self.names.module(head.role, layer: nil) ?? "-") }
    return Problem(
      .badData, at: source.place,
      "\(names.count) \(names.count == 1 ? "tensor is" : "tensors are") missing: \(listed(names))",
      hint: lacksHead && names.count == 1
        ? "if the head is the token embedding, the config must say \"tie_word_embeddings\": true"
        : "the download is incomplete, or the config belongs to other weights")
  }

  private mutating func noteExtra(_ specs: [WeightSpec]) {
    let known = Set(specs.map(source.storedName))
    let head = names.module(.head, layer: nil).map { $0 + ".weight" }
    let extra = source.tensorNames.filter { name in
      !known.contains(name) && name != head
        && !names.ignored.contains(where: { name.hasSuffix($0) })
        && name != "rope_freqs.weight"
    }
    guard !extra.isEmpty else { return }
    warnings.append(
      "\(source.place): \(extra.count) \(extra.count == 1 ? "tensor is" : "tensors are") "
        + "not part of the model and ignored: \(listed(extra))")
  }

  /// Up to 20 names, and how many more.
  private func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map { quoted($0) }.joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
  }

  private mutating func judge(nonFinite names: [String]) throws {
    guard !names.isEmpty else { return }
    let what =
      "\(names.count) \(names.count == 1 ? "tensor holds" : "tensors hold") NaN or infinity: "
      + listed(names)
    if options.nonFinite == .error {
      throw Problem(
        .badData, at: source.place, what, expected: "finite weights",
        hint: "the weights are damaged or their training diverged")
    }
    warnings.append("\(source.place): \(what)")
  }
}
