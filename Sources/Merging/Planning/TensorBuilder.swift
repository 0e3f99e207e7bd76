/// Turns a slot into a tensor of the plan: what is missing, whether shapes agree, which type, which
/// parameters.
struct TensorBuilder {
  let models: [MergeModel]
  let method: any MethodBinding
  let document: MergeDocument
  let vocabulary: VocabularyPlan?

  typealias Slot = TensorPlanner.Slot
  typealias Present = (source: StackPlan.Slice.Source, entry: SafetensorsEntry)

  /// nil for a tensor that the output does not have.
  ///
  /// - Throws: `Problem` or `Problems` for what cannot work.
  func tensor(
    _ slot: Slot, missing: inout MissingTensors, unset: inout UnsetParameters
  ) throws -> PlannedTensor? {
    let present = slot.sources.compactMap { source, name -> Present? in
      guard let name, let entry = models[source.model].entry(name) else { return nil }
      return (source, entry)
    }
    if present.count < slot.sources.count, !slot.place.isOptional {
      for (source, name) in slot.sources where name == nil {
        missing.add(slot.name, of: models[source.model].name)
      }
      return nil
    }
    // A head is written only where at least one model stores one.
    guard let first = present.first,
      slot.place.role != .head || present.contains(where: { $0.entry.name == slot.name })
    else { return nil }
    let shape = try shape(present, slot)
    let dtype = try dtype(present, slot)
    let (base, others) = divided(present)
    var tensor = PlannedTensor(
      name: slot.name, shape: shape, dtype: dtype, role: slot.place.role, base: nil, inputs: [],
      shared: 0, action: .merge)
    if !(first.entry.dtype?.isFloatingPoint ?? false) {
      guard !isRebuilt(slot) else {
        throw Problem(
          .badData, at: slot.name,
          "holds \(first.entry.dtypeName) numbers, whose rows cannot be brought to another "
            + "vocabulary", expected: "floating-point numbers")
      }
      tensor.inputs = present.map { PlannedInput(source: source($0), parameters: 0) }
      tensor.action = .copyEqual
      return tensor
    }
    if present.count < slot.sources.count {
      switch outcome(base: base, others: others, total: slot.sources.count) {
      case .merge: break
      case .drop: return nil
      case .copy(let lone):
        tensor.action = .copy(source(lone))
        return tensor
      case .needsBase:
        throw Problem(
          .badData, at: document.baseModel?.text,
          "the base model lacks the tensor \(quoted(slot.name, limit: 200)), which others have",
          hint: "\(method.name) can only merge what the base has")
      }
    }
    try fill(&tensor, base: base, others: others, slot, &unset)
    return tensor
  }

  // MARK: - Missing optional tensors

  private enum Outcome { case merge, drop, needsBase, copy(Present) }

  private func outcome(base: Present?, others: [Present], total: Int) -> Outcome {
    let contract = method.contract
    switch contract.missing {
    case .mergePresent: return .merge
    case .copySingle:
      let all = [base].compactMap { $0 } + others
      if all.count == 1 { return .copy(all[0]) }
      return contract.inputs.contains(others.count) ? .merge : .drop
    case .copyBase:
      guard others.isEmpty, let base else { return .drop }
      return .copy(base)
    case .needBase: return base == nil ? .needsBase : .merge
    case .copyBaseOrDrop:
      if base != nil, contract.inputs.contains(others.count) { return .merge }
      guard others.isEmpty, let base else { return .drop }
      return .copy(base)
    }
  }

  // MARK: - Parts

  private func divided(_ present: [Present]) -> (base: Present?, others: [Present]) {
    guard method.contract.base != .ignored,
      let index = present.firstIndex(where: \.source.isBase)
    else { return (nil, present) }
    var others = present
    return (others.remove(at: index), others)
  }

  private func source(_ present: Present) -> PlannedSource {
    PlannedSource(model: present.source.model, name: present.entry.name)
  }

  private func fill(
    _ tensor: inout PlannedTensor, base: Present?, others: [Present], _ slot: Slot,
    _ unset: inout UnsetParameters
  ) throws {
    let shared = ParameterLevels(levels: slot.levels)
    let values = try shared.values(method.sharedKeys, name: slot.name, at: slot.t)
    for (key, value) in zip(method.sharedKeys, values) where value == nil {
      guard method.contract.required.contains(key) else { continue }
      unset.add(key, model: nil, tensor: slot.name, place: document.marks.method)
    }
    tensor.shared = try method.bindShared(values)
    tensor.base = base.map { source($0) }
    tensor.inputs = try others.map { input in
      let levels = ParameterLevels(levels: [input.source.parameters] + slot.levels)
      // A tied head goes by the head's name, not by that of the embedding it is read from.
      let name = slot.place.role == .head ? slot.name : input.entry.name
      let values = try levels.values(method.inputKeys, name: name, at: slot.t)
      for (key, value) in zip(method.inputKeys, values) where value == nil {
        guard method.contract.required.contains(key) else { continue }
        unset.add(
          key, model: models[input.source.model].name, tensor: slot.name,
          place: input.source.place)
      }
      return PlannedInput(source: source(input), parameters: try method.bindInput(values))
    }
    // Tokens whose rows come from models outside this tensor's slice are found here, not hours
    // later.
    if isRebuilt(slot) { _ = try vocabulary?.alignment(of: tensor.sources.map(\.model)) }
  }

  /// Has a row a token, and vocabularies are aligned.
  private func isRebuilt(_ slot: Slot) -> Bool { vocabulary != nil && slot.place.role != .other }

  private func shape(_ present: [Present], _ slot: Slot) throws -> [Int] {
    guard let first = present.first else { return [] }
    var shape = first.entry.shape
    if isRebuilt(slot), let rows = vocabulary?.rowCount, !shape.isEmpty {
      for other in present where other.entry.shape.dropFirst() != shape.dropFirst() {
        throw mismatch(first, other, slot)
      }
      shape[0] = rows
      return shape
    }
    for other in present where other.entry.shape != shape { throw mismatch(first, other, slot) }
    return shape
  }

  private func mismatch(_ one: Present, _ other: Present, _ slot: Slot) -> Problem {
    let isVocabulary =
      slot.place.role != .other && one.entry.shape.dropFirst() == other.entry.shape.dropFirst()
    return Problem(
      .badData, at: slot.name,
      "has shape \(one.entry.shape) in \(quoted(models[one.source.model].name)) and "
        + "\(other.entry.shape) in \(quoted(models[other.source.model].name))",
      expected: "one shape",
      hint: isVocabulary
        ? "the vocabularies differ: add 'tokenizer: {source: union}' (or base) to align them"
        : "only models of one architecture and size can be merged")
  }

  private func dtype(_ present: [Present], _ slot: Slot) throws -> DType {
    var common: DType?
    for (source, entry) in present {
      guard let dtype = entry.dtype else {
        throw Problem(
          .badData, at: "\(models[source.model].name): tensor \(quoted(entry.name, limit: 200))",
          "is of type \(entry.dtypeName), which cannot be merged",
          hint: "convert the model to BF16 or F32 first")
      }
      if let known = common, known != dtype, !(known.isFloatingPoint && dtype.isFloatingPoint) {
        throw Problem(
          .badData, at: slot.name, "holds \(known) numbers in one model and \(dtype) in another",
          expected: "floating-point numbers in all, or the same type in all")
      }
      common = common?.promoted(with: dtype) ?? dtype
    }
    guard let common, common.isFloatingPoint else { return common ?? .f32 }
    return document.outputDType ?? document.dtype ?? common
  }
}
