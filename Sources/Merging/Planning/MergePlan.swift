/// Everything that is known of a merge before it is done: the output's tensors with where they come
/// from, its config, its tokenizer, what it will cost.
public struct MergePlan: Sendable {
  public let document: MergeDocument
  /// In the order of the document.
  public let models: [MergeModel]
  public let method: any MethodBinding
  /// In the order in which they are made and written.
  public let tensors: [PlannedTensor]
  /// The output's config.json.
  public let config: JSON
  /// Set where the document aligns vocabularies.
  public let vocabulary: VocabularyPlan?
  /// Where the config, and the tokenizer of merges that align none, come from.
  public let reference: MergeModel
  public let chatTemplate: String?
  /// What is odd but not wrong, one sentence each.
  public let warnings: [String]
  public let costs: MergeCosts

  /// Of the written tensors.
  public var outputBytes: Int { tensors.reduce(0) { $0 + $1.description.byteCount } }

  /// Plans `document` without reading a weight.
  ///
  /// - Throws: `Problems` with everything that cannot work: parameters, layers, shapes,
  ///   vocabularies, tensors that are missing.
  init(_ document: MergeDocument, methods: MergeMethods, store: MergeModelStore) throws {
    let type = try methods.named(document.method, document.marks.method)
    let method = bind(type)
    var (problems, warnings): ([Problem], [String]) = ([], [])
    let known = methods.all().map { bind($0) }.flatMap { $0.sharedKeys + $0.inputKeys }
    ParameterCheck(method: method, known: Set(known))
      .check(document, into: &problems, warnings: &warnings)
    if document.dtype == .f64 {
      warnings.append("\(document.marks.method): float64 is written, but computed in float32")
    }
    let models = try Self.open(document, store, into: &problems)
    guard problems.isEmpty else { throw Problems(problems) }

    let stacks = StackPlanner(document: document, models: models).stacks(into: &problems)
    // Sources that are missing for another reason are not counted as missing once more.
    if problems.isEmpty {
      ContractCheck(method: method, document: document).check(stacks, into: &problems)
    }
    guard problems.isEmpty, let first = models.first else { throw Problems(problems) }
    let reference = models.first { $0.reference == document.baseModel } ?? first
    let vocabulary = try VocabularyStep(document: document, models: models, stacks: stacks).plan()
    let planner = TensorPlanner(
      document: document, models: models, method: method, stacks: stacks, vocabulary: vocabulary,
      reference: reference)
    let tensors = planner.tensors(into: &problems, warnings: &warnings)
    guard problems.isEmpty else { throw Problems(problems) }

    self.document = document
    self.models = models
    self.method = method
    self.tensors = tensors
    self.vocabulary = vocabulary
    self.reference = reference
    let editor = OutputConfig(
      document: document, models: models, reference: reference, stacks: stacks, tensors: tensors,
      rowCount: vocabulary?.rowCount)
    config = editor.json(warnings: &warnings)
    chatTemplate = try document.chatTemplate.flatMap {
      try resolveChatTemplate(
        $0, members: VocabularyStep.members(models, in: stacks), place: document.marks.chatTemplate)
    }
    self.warnings = warnings + (vocabulary?.report.warnings ?? [])
    costs = MergeCosts(tensors: tensors, models: models)
  }

  /// Opens every model of the document; what cannot be opened is a problem at its place.
  private static func open(
    _ document: MergeDocument, _ store: MergeModelStore, into problems: inout [Problem]
  ) throws -> [MergeModel] {
    document.models.compactMap { reference in
      do {
        return try store.open(reference)
      } catch let several as Problems {
        problems += several.all
      } catch var problem as Problem {
        // What is not there is told where the config names it; what is broken, where it lies.
        if problem.kind == .missingInput, let place = document.place(of: reference),
          problem.place == reference.text
        {
          problem.what = "\(quoted(reference.text)): \(problem.what)"
          problem.place = place
        }
        problems.append(problem)
      } catch {
        problems.append(Problem(.badData, at: reference.text, "\(error)"))
      }
      return nil
    }
  }
}

/// What a merge reads, writes and holds.
public struct MergeCosts: Sendable, Equatable {
  /// Bytes of the inputs' tensors, each counted once for every output tensor that it goes into.
  public var bytesRead = 0
  public var bytesWritten = 0

  init(tensors: [PlannedTensor], models: [MergeModel]) {
    for tensor in tensors {
      bytesWritten += tensor.description.byteCount
      for source in tensor.sources {
        bytesRead += models[source.model].entry(source.name)?.range.count ?? 0
      }
    }
  }
}

/// Whether the slices of a document have the inputs that its method needs.
struct ContractCheck {
  let method: any MethodBinding
  let document: MergeDocument

  func check(_ stacks: [StackPlan], into problems: inout [Problem]) {
    let contract = method.contract
    if contract.base == .required, document.baseModel == nil,
      !document.modules.flatMap(\.slices).contains(where: { $0.baseModel != nil })
    {
      problems.append(
        Problem(
          .badConfiguration, at: document.marks.method, "\(method.name) needs a base_model",
          hint: "add 'base_model: PATH', the model that the others were trained from"))
      return
    }
    for slice in stacks.flatMap(\.slices) { check(slice, contract, into: &problems) }
  }

  private func check(
    _ slice: StackPlan.Slice, _ contract: MergeContract, into problems: inout [Problem]
  ) {
    let hasBase = slice.sources.contains(where: \.isBase)
    let others = slice.sources.count { contract.base == .ignored || !$0.isBase }
    if contract.base == .required, !hasBase {
      problems.append(
        Problem(
          .badConfiguration, at: slice.place,
          "\(method.name) needs the base model among the sources of every slice",
          hint: "add '- {model: \(document.baseModel?.text ?? "BASE"), layer_range: …}'"))
    }
    guard !contract.inputs.contains(others) else { return }
    let wanted =
      contract.inputs.count == 1
      ? "exactly \(contract.inputs.lowerBound)" : "at least \(contract.inputs.lowerBound)"
    problems.append(
      Problem(
        .badConfiguration, at: slice.place, "\(method.name) has \(others) models to merge",
        expected: wanted + (contract.base == .ignored ? "" : " besides the base")))
  }
}
