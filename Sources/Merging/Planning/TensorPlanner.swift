/// Lists the tensors of the output: for each its sources, its shape and type, and the parameters
/// that hold for it.
struct TensorPlanner {
  let document: MergeDocument
  let models: [MergeModel]
  let method: any MethodBinding
  let stacks: [StackPlan]
  let vocabulary: VocabularyPlan?
  let reference: MergeModel

  /// A tensor's place in the output, and which tensors of which sources belong there.
  struct Slot {
    var name: String
    /// nil where a source lacks it.
    var sources: [(source: StackPlan.Slice.Source, name: String?)]
    var levels: [ParameterMap]
    /// Place in its stack, for gradients.
    var t: Double
    var place: TensorPlace
  }

  /// Embeddings, then layer after layer, then what follows them.
  func tensors(into problems: inout [Problem], warnings: inout [String]) -> [PlannedTensor] {
    let outside = outsideSlots(into: &problems)
    var slots = outside.filter(\.place.isBeforeLayers)
    for stack in stacks { slots += layerSlots(stack) }
    slots += outside.filter { !$0.place.isBeforeLayers }
    var missing = MissingTensors()
    var unset = UnsetParameters(method: method.name)
    let builder = TensorBuilder(
      models: models, method: method, document: document, vocabulary: vocabulary)
    var tensors: [PlannedTensor] = []
    for slot in slots {
      do {
        if let tensor = try builder.tensor(slot, missing: &missing, unset: &unset) {
          tensors.append(tensor)
        }
      } catch let several as Problems {
        problems += several.all
      } catch let problem as Problem {
        problems.append(problem)
      } catch {
        problems.append(Problem(.badData, at: slot.name, "\(error)"))
      }
    }
    problems = missing.problems + unset.problems + problems.withoutRepeats
    tensors += copiedModules(warnings: &warnings)
    return tensors
  }

  // MARK: - Layers

  private func layerSlots(_ stack: StackPlan) -> [Slot] {
    var slots: [Slot] = []
    var number = 0
    for slice in stack.slices {
      for layer in 0..<slice.count {
        let t = slice.count == 1 ? 1 : Double(layer) / Double(slice.count - 1)
        slots += layerSlots(slice, layer: layer, output: number, t: t, of: stack)
        number += 1
      }
    }
    return slots
  }

  private func layerSlots(
    _ slice: StackPlan.Slice, layer: Int, output: Int, t: Double, of stack: StackPlan
  ) -> [Slot] {
    var endings: [String] = []
    var seen: Set<String> = []
    let held = slice.sources.map { source -> Set<String> in
      let own = source.stack.endings[source.layers.lowerBound + layer]
      endings += own.filter { seen.insert($0).inserted }
      return Set(own)
    }
    guard let first = slice.sources.first else { return [] }
    return endings.map { ending in
      let name = first.stack.name(output, ending)
      let sources = zip(slice.sources, held).map { source, held in
        (
          source,
          held.contains(ending)
            ? source.stack.name(source.layers.lowerBound + layer, ending) : nil
        )
      }
      return Slot(
        name: name, sources: sources,
        levels: [slice.parameters, stack.module.parameters, document.parameters], t: t,
        place: TensorPlace(name: name))
    }
  }

  // MARK: - Outside the layers

  /// Settings and sources of the first slice before the layers, of the last slice after them; both
  /// at the beginning of gradients, as mergekit has it.
  private func outsideSlots(into problems: inout [Problem]) -> [Slot] {
    var names: [String] = []
    var seen: Set<String> = []
    for model in [reference] + models where takesPart(model) {
      names += model.layout.outside.filter { seen.insert($0).inserted }
    }
    return names.compactMap { name in
      let stack = owner(of: name)
      guard let stack, let first = stack.slices.first, let last = stack.slices.last else {
        return nil
      }
      let place = TensorPlace(name: name)
      var slice = place.isBeforeLayers ? first : last
      // mergekit gives them as many sources as the first slice has.
      if document.followsMergekit, !place.isBeforeLayers {
        slice.sources = Array(slice.sources.prefix(first.sources.count))
      }
      let sources = slice.sources.map { source in
        (source, self.name(name, in: models[source.model]))
      }
      return Slot(
        name: name, sources: sources,
        levels: [slice.parameters, stack.module.parameters, document.parameters], t: 0,
        place: place)
    }
  }

  /// The stack whose names have most leading words in common with `name`; of several the last,
  /// which is the text model where a vision tower comes before it.
  private func owner(of name: String) -> StackPlan? {
    let words = name.split(separator: ".")
    func common(_ stack: StackPlan) -> Int {
      let prefix = stack.slices.first?.sources.first?.stack.prefix.split(separator: ".") ?? []
      return zip(prefix, words).prefix { $0 == $1 }.count
    }
    let best = stacks.map(common).max() ?? 0
    return stacks.last { common($0) == best }
  }

  private func takesPart(_ model: MergeModel) -> Bool {
    stacks.flatMap(\.slices).flatMap(\.sources).contains { models[$0.model] === model }
  }

  /// What `model` calls the tensor `name`; a head that is tied is the embedding.
  private func name(_ name: String, in model: MergeModel) -> String? {
    if model.entry(name) != nil { return name }
    let place = TensorPlace(name: name)
    guard place.role == .head, name.hasSuffix(".weight") else { return nil }
    return model.embeddingName
  }

  // MARK: - Modules that the document leaves out

  /// Stacks that no module describes are the reference's, bit for bit. (mergekit leaves them out.)
  private func copiedModules(warnings: inout [String]) -> [PlannedTensor] {
    let planned = Set(stacks.flatMap(\.slices).flatMap(\.sources).map(\.stack.prefix))
    let left = reference.layout.stacks.filter { !planned.contains($0.prefix) }
    guard !left.isEmpty, !document.followsMergekit else { return [] }
    for stack in left {
      warnings.append(
        "no module describes \(stack.prefix)*: it is copied from \(quoted(reference.name))")
    }
    let model = models.firstIndex { $0 === reference } ?? 0
    return left.flatMap { stack in
      stack.endings.enumerated().flatMap { layer, endings in
        endings.compactMap { ending in
          let source = PlannedSource(model: model, name: stack.name(layer, ending))
          return PlannedTensor(copying: source, of: reference)
        }
      }
    }
  }
}

extension PlannedTensor {
  /// A tensor that the output has from one model, under the same name.
  init?(copying source: PlannedSource, of model: MergeModel) {
    guard let entry = model.entry(source.name), let dtype = entry.dtype else { return nil }
    self.init(
      name: source.name, shape: entry.shape, dtype: dtype, role: .other, base: nil, inputs: [],
      shared: 0, action: .copy(source))
  }
}

/// Tensors that some models lack, gathered so that a thousand of them are one message a model.
struct MissingTensors {
  private var names: [String: [String]] = [:]
  private var order: [String] = []

  mutating func add(_ name: String, of model: String) {
    if names[model] == nil { order.append(model) }
    names[model, default: []].append(name)
  }

  var problems: [Problem] {
    order.map { model in
      let missing = names[model] ?? []
      let shown = missing.prefix(5).map { quoted($0, limit: 200) }.joined(separator: ", ")
      return Problem(
        .badData, at: model,
        "lacks \(missing.count) tensors that other models have: \(shown)"
          + (missing.count > 5 ? ", …" : ""),
        expected: "models of one architecture",
        hint: "choose layers by slices, or leave this model out")
    }
  }
}

/// Parameters that a method needs and a config does not set, gathered: one message a model and
/// parameter, whatever the number of tensors.
struct UnsetParameters {
  let method: String
  private var found: [(key: String, model: String?, tensor: String, place: String?, count: Int)] =
    []

  init(method: String) { self.method = method }

  mutating func add(_ key: String, model: String?, tensor: String, place: String?) {
    if let index = found.firstIndex(where: {
      $0.key == key && $0.model == model && $0.place == place
    }) {
      found[index].count += 1
    } else {
      found.append((key, model, tensor, place, 1))
    }
  }

  var problems: [Problem] {
    found.map { key, model, tensor, place, count in
      let ofModel = model.map { " of \(quoted($0))" } ?? ""
      let others = count > 1 ? " and \(count - 1) more tensors" : ""
      return Problem(
        .badConfiguration, at: place,
        "\(method) needs \(quoted(key))\(ofModel) for \(quoted(tensor, limit: 200))\(others)",
        hint: model == nil
          ? "add it to 'parameters'"
          : "add 'parameters: {\(key): VALUE}' to the model, or to the whole document")
    }
  }
}

extension Array where Element == Problem {
  /// The same fault of a hundred tensors is told once.
  fileprivate var withoutRepeats: [Problem] {
    var seen: Set<String> = []
    return filter { seen.insert($0.description).inserted }
  }
}
