internal import Formats
internal import Glibc

/// The files of an adapter that is being made.
///
/// The ranks, and with them the head of the weights file, are known only when every module is
/// decomposed; until then the factors of each wait in a file of its own.
struct AdapterFolder {
  let path: String
  let pair: ModelPair
  let plan: ExtractionPlan
  let settings: ExtractionSettings
  /// Bytes of the tensors written.
  private(set) var byteCount = 0

  init(path: String, pair: ModelPair, plan: ExtractionPlan, settings: ExtractionSettings) {
    self.path = path
    self.pair = pair
    self.plan = plan
    self.settings = settings
  }

  /// Puts the factors of module `number` aside. [any thread, concurrently]
  func keep(_ factors: LowRankPair, number: Int) throws(Problem) {
    try SafetensorsWriter.write(
      [("A", factors.a), ("B", factors.b)], to: partPath(number))
  }

  /// Writes weights, config and card, and removes what `keep` put aside.
  mutating func write(pairs: [DecomposedModule], baseName: String) throws {
    let pairs = pairs.filter { $0.rank > 0 || $0.biasChanged }
    try writeWeights(pairs)
    let config = AdapterConfigWriter(
      pairs: pairs.filter { $0.rank > 0 }, plan: plan, sides: pair, baseName: baseName)
    try writeAtomically(
      path: "\(path)/adapter_config.json", text: config.json.serialized(pretty: true) + "\n")
    try writeAtomically(path: "\(path)/README.md", text: config.card(model: pair.model.directory))
    for pair in pairs where pair.rank > 0 { unlink(partPath(pair.number)) }
  }

  private func partPath(_ number: Int) -> String { "\(path)/part-\(number).safetensors" }

  // MARK: Weights

  /// A tensor of the file with where it comes from.
  private struct Entry {
    let description: TensorDescription
    let read: () throws(Problem) -> Tensor
  }

  private mutating func writeWeights(_ pairs: [DecomposedModule]) throws {
    var entries: [Entry] = []
    for pair in pairs { entries += try self.entries(of: pair) }
    for module in plan.modules(.saveWhole) {
      for tensor in module.tensors { entries.append(try whole(tensor, storedAs: tensor)) }
    }
    for (head, tensor) in plan.extraHeads(of: pair) {
      entries.append(try whole(tensor, storedAs: "\(head).weight"))
    }
    let byName = Dictionary(entries.map { ($0.description.name, $0) }) { first, _ in first }
    let writer = try SafetensorsWriter(
      path: "\(path)/adapter_model.safetensors", tensors: entries.map(\.description))
    for description in writer.descriptions {
      guard let entry = byName[description.name] else { continue }
      try writer.append(try entry.read())
      byteCount += description.byteCount
    }
    try writer.finish()
  }

  /// The two factors, and a bias that changed.
  ///
  /// The bias is the fine-tuned one under the name it has in a wrapped module, because PEFT's own
  /// place for differences of biases (`lora_bias`) refuses models where some projections have none.
  private func entries(of decomposed: DecomposedModule) throws(Problem) -> [Entry] {
    var entries: [Entry] = []
    let module = decomposed.module
    if decomposed.rank > 0 {
      let part = try SafetensorsFile(path: partPath(decomposed.number))
      for factor in ["A", "B"] {
        guard let stored = part.entry(factor), let dtype = stored.dtype else { continue }
        let name =
          module.kind == .embedding ? "lora_embedding_\(factor)" : "lora_\(factor).weight"
        entries.append(
          Entry(
            description: TensorDescription(
              name: "base_model.model.\(module.name).\(name)", dtype: dtype, shape: stored.shape)
          ) { () throws(Problem) in try part.tensor(factor) })
      }
    }
    if decomposed.biasChanged, let bias = module.bias {
      let wrapped = decomposed.rank > 0 ? "\(module.name).base_layer.bias" : bias
      entries.append(try whole(bias, storedAs: wrapped))
    }
    return entries
  }

  /// A tensor of the fine-tuned model as it is.
  private func whole(_ tensor: String, storedAs name: String) throws(Problem) -> Entry {
    let (pair, dtype) = (pair, settings.dtype)
    let stored = try pair.tuned(tensor)
    return Entry(
      description: TensorDescription(
        name: "base_model.model.\(name)", dtype: dtype ?? stored.dtype, shape: stored.shape)
    ) { () throws(Problem) in
      let tensor = try pair.tuned(tensor)
      guard let dtype else { return tensor }
      return try asWeight(tensor, named: name, in: pair.model.directory).converted(to: dtype)
    }
  }
}
