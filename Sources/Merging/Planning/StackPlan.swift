/// How the layers of one stack of the output are made, slice after slice.
struct StackPlan {
  /// A slice with its models opened and its layers counted.
  struct Slice {
    struct Source {
      /// Index in the plan's models.
      var model: Int
      var stack: TensorLayout.Stack
      var layers: Range<Int>
      var parameters: ParameterMap
      var isBase: Bool
      var place: String
    }

    var sources: [Source]
    var parameters: ParameterMap
    var place: String
    var count: Int { sources.first?.layers.count ?? 0 }
  }

  let module: MergeModule
  let slices: [Slice]

  var layers: Int { slices.reduce(0) { $0 + $1.count } }

  /// For every layer of the output, the layer of the first source it is made from; nil when the
  /// slices begin with different models.
  var origins: [(model: Int, layer: Int)] {
    slices.flatMap { slice in
      slice.sources.first.map { source in source.layers.map { (source.model, $0) } } ?? []
    }
  }
}

/// Turns the slices of a document into stacks, with every fault of layers and models.
struct StackPlanner {
  let document: MergeDocument
  let models: [MergeModel]

  /// The stacks of the output, in the order of the base model's.
  func stacks(into problems: inout [Problem]) -> [StackPlan] {
    guard let reference = models.first else { return [] }
    let all = reference.layout.stacks
    guard !all.isEmpty else {
      problems.append(
        Problem(
          .badData, at: reference.directory, "has no numbered layers",
          expected: "tensors named like model.layers.0.mlp.up_proj.weight"))
      return []
    }
    if document.modules.count == 1, let module = document.modules.first,
      module.name == nil || module.name == "default"
    {
      guard module.isWhole || all.count == 1 else {
        problems.append(
          Problem(
            .badConfiguration, at: module.slices.first?.place,
            "the models have several stacks of layers "
              + "(\(all.map(\.prefix).joined(separator: ", "))), slices do not say which is meant",
            expected: "modules: with slices or models for each"))
        return []
      }
      return all.map { plan(module, $0, into: &problems) }
    }
    var described: [String: String] = [:]
    return document.modules.compactMap { module in
      let name = module.name ?? ""
      guard let stack = Self.stack(named: name, among: all) else {
        let known = all.flatMap(\.moduleNames).filter { Self.stack(named: $0, among: all) != nil }
        problems.append(
          Problem(
            .badConfiguration, at: module.slices.first?.place,
            all.contains { $0.moduleNames.contains(name) }
              ? "the models have several stacks in the module \(quoted(name))"
              : "the models have no module \(quoted(name))",
            expected: known.isEmpty
              ? "the module 'default'" : "one of \(known.joined(separator: ", "))"))
        return nil
      }
      if let other = described.updateValue(name, forKey: stack.prefix) {
        problems.append(
          Problem(
            .badConfiguration, at: module.slices.first?.place,
            "the modules \(quoted(other)) and \(quoted(name)) are the same layers, "
              + "\(stack.prefix)N", hint: "leave one of them out"))
        return nil
      }
      return plan(module, stack, into: &problems)
    }
  }

  /// The stack that a module's name means; nil where it means none or several.
  private static func stack(
    named name: String, among all: [TensorLayout.Stack]
  ) -> TensorLayout.Stack? {
    if name == "default", all.count == 1 { return all[0] }
    let named = all.filter { $0.moduleNames.contains(name) }
    return named.count == 1 ? named[0] : nil
  }

  private func plan(
    _ module: MergeModule, _ stack: TensorLayout.Stack, into problems: inout [Problem]
  ) -> StackPlan {
    let slices = module.slices.map { slice -> StackPlan.Slice in
      var entries = slice.sources
      // `models` means all models; the base is one even where it is not listed.
      if module.isWhole, let base = document.baseModel,
        !entries.contains(where: { $0.model == base })
      {
        entries.append(
          MergeEntry(
            model: base, layers: nil, parameters: ParameterMap(),
            place: document.marks.baseModel))
      }
      let base = slice.baseModel ?? document.baseModel
      var sources = entries.compactMap { source($0, stack, base: base, into: &problems) }
      // Where the base comes with two ranges of layers, the first is what others are compared to.
      let bases = sources.indices.filter { sources[$0].isBase }
      for index in bases.dropFirst() { sources[index].isBase = false }
      check(sources, slice, into: &problems)
      return StackPlan.Slice(sources: sources, parameters: slice.parameters, place: slice.place)
    }
    return StackPlan(module: module, slices: slices)
  }

  private func source(
    _ entry: MergeEntry, _ stack: TensorLayout.Stack, base: MergeModelReference?,
    into problems: inout [Problem]
  ) -> StackPlan.Slice.Source? {
    guard let index = models.firstIndex(where: { $0.reference == entry.model }) else { return nil }
    let model = models[index]
    guard let own = model.layout.stacks.first(where: { $0.prefix == stack.prefix }) else {
      problems.append(
        Problem(
          .badData, at: entry.place,
          "\(quoted(model.name)) has no layers \(stack.prefix)N, as "
            + "\(quoted(models[0].name)) has them",
          hint: renamed(own: model.layout.stacks, wanted: stack)
            ?? "only models of one architecture can be merged"))
      return nil
    }
    let layers = entry.layers ?? 0..<own.layers
    guard layers.upperBound <= own.layers else {
      problems.append(
        Problem(
          .badConfiguration, at: entry.place,
          "layer_range ends at \(layers.upperBound), \(quoted(model.name)) has \(own.layers) layers"
        ))
      return nil
    }
    return StackPlan.Slice.Source(
      model: index, stack: own, layers: layers, parameters: entry.parameters,
      isBase: entry.model == base, place: entry.place)
  }

  /// What to do where the same layers have names with and without `model.` before them.
  private func renamed(own: [TensorLayout.Stack], wanted: TensorLayout.Stack) -> String? {
    let like = own.first {
      $0.prefix.hasSuffix("." + wanted.prefix) || wanted.prefix.hasSuffix("." + $0.prefix)
    }
    return like.map {
      "it calls them \($0.prefix)N: one of the two was saved without its head; save it again as "
        + "a model with one (AutoModelForCausalLM), so that the names agree"
    }
  }

  private func check(
    _ sources: [StackPlan.Slice.Source], _ slice: MergeSlice, into problems: inout [Problem]
  ) {
    guard let first = sources.first else {
      if slice.sources.isEmpty {
        problems.append(Problem(.badConfiguration, at: slice.place, "this slice has no sources"))
      }
      return
    }
    for source in sources where source.layers.count != first.layers.count {
      problems.append(
        Problem(
          .badConfiguration, at: source.place,
          "\(quoted(models[source.model].name)) gives \(source.layers.count) layers, "
            + "\(quoted(models[first.model].name)) gives \(first.layers.count)",
          expected: "as many of each", hint: "slices with layer_range choose them"))
    }
  }
}
