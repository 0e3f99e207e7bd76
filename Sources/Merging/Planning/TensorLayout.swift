/// Where the tensors of a checkpoint belong: to a layer of a stack, before all layers (embeddings)
/// or after them (final norm, head). Told by their names, so that any architecture can be merged.
struct TensorLayout: Sendable {
  /// Layers on top of each other whose names differ in the number only.
  struct Stack: Sendable, Equatable {
    /// `model.layers.`
    var prefix: String
    var layers: Int
    /// Names of each layer's tensors behind the number, `mlp.up_proj.weight`, in file order.
    var endings: [[String]]

    /// What configs call it where a model has several: `vision_tower`, `language_model`.
    var moduleNames: [String] {
      prefix.split(separator: ".").map(String.init).filter { !Self.words.contains($0) }
    }

    static let words: Set = ["layers", "h", "blocks", "block", "layer", "resblocks"]

    func name(_ layer: Int, _ ending: String) -> String { "\(prefix)\(layer).\(ending)" }
  }

  let stacks: [Stack]
  /// Names of all other tensors, in file order.
  let outside: [String]

  init(_ names: [String]) {
    var stacks: [Stack] = []
    var numbers: [String: Int] = [:]
    var outside: [String] = []
    let sparse = Self.sparsePrefixes(names)
    for name in names {
      guard let part = Self.part(of: name), !sparse.contains(part.prefix) else {
        outside.append(name)
        continue
      }
      if numbers[part.prefix] == nil {
        numbers[part.prefix] = stacks.count
        stacks.append(Stack(prefix: part.prefix, layers: 0, endings: []))
      }
      let index = numbers[part.prefix] ?? 0
      while stacks[index].endings.count <= part.layer { stacks[index].endings.append([]) }
      stacks[index].endings[part.layer].append(part.ending)
      stacks[index].layers = stacks[index].endings.count
    }
    self.stacks = stacks
    self.outside = outside
  }

  /// Stacks whose highest number is far beyond the count of their layers are none: nobody numbers
  /// layers so, and a file must not ask for memory by a large number.
  private static func sparsePrefixes(_ names: [String]) -> Set<String> {
    var layers: [String: Set<Int>] = [:]
    for name in names {
      if let part = part(of: name) { layers[part.prefix, default: []].insert(part.layer) }
    }
    return Set(layers.filter { ($0.value.max() ?? 0) > 16 * $0.value.count }.keys)
  }

  /// `model.layers.3.mlp.up_proj.weight` in its parts; nil for names without a layer.
  private static func part(of name: String) -> (prefix: String, layer: Int, ending: String)? {
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    for index in words.indices.dropFirst().dropLast() {
      guard Stack.words.contains(String(words[index - 1])), words[index].count <= 5,
        words[index].allSatisfy({ $0.isASCII && $0.isNumber }), let layer = Int(words[index]),
        // `layers.01` would be written back as `layers.1`.
        String(layer) == words[index]
      else { continue }
      return (
        words[..<index].joined(separator: ".") + ".", layer,
        words[(index + 1)...].joined(separator: ".")
      )
    }
    return nil
  }
}

/// What the name of a tensor outside the layers tells.
struct TensorPlace {
  let name: String

  /// One row a token: rebuilt when vocabularies are aligned.
  var role: TensorRole {
    if isHead { return .head }
    let embeddings = ["embed_tokens", "wte", "embed_in", "word_embeddings", "tok_embeddings"]
    return embeddings.contains { name.contains($0) } && name.hasSuffix(".weight")
      ? .embedding : .other
  }

  private var isHead: Bool {
    let module = name.split(separator: ".").dropLast().last.map(String.init) ?? name
    return ["lm_head", "embed_out"].contains(module)
  }

  /// Comes before the layers: takes the settings of the first slice.
  var isBeforeLayers: Bool { role == .embedding || !isHead && name.contains("emb") || isPositional }

  private var isPositional: Bool { name.contains("wpe") }

  /// Checkpoints may lack it: a head that is tied to the embedding, a bias, a buffer.
  var isOptional: Bool {
    role == .head || name.hasSuffix(".bias") || name.hasSuffix(".inv_freq")
      || name.hasSuffix(".masked_bias")
  }
}
