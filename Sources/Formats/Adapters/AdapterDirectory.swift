public import Kernels

/// The two factors that an adapter adds to one weight of the base: weight += scale · B · A.
public struct AdapterPair: Sendable, Equatable {
  /// The module of the base: `model.layers.0.self_attn.q_proj`.
  public let module: String
  /// Names of the stored tensors; A is [rank, in], B is [out, rank]. Of an embedding, A is
  /// [rank, vocabulary] and B [width, rank].
  public let a: String
  public let b: String
  public let isEmbedding: Bool
  public let rank: Int
  public let scale: Double
  /// [in, out] of the product.
  let width: (Int, Int)

  public static func == (one: AdapterPair, other: AdapterPair) -> Bool {
    one.module == other.module && one.a == other.a && one.b == other.b
  }
}

/// A PEFT LoRA adapter: `adapter_config.json` and `adapter_model.safetensors`.
public final class AdapterDirectory: Sendable {
  public let path: String
  public let config: AdapterConfig
  /// Every pair in the order of the file, ranks checked against the config.
  public let pairs: [AdapterPair]
  /// Tensors that replace those of the base (modules_to_save, biases), by their base name.
  public let replacements: [(name: String, stored: String)]
  private let tensors: ShardedTensors

  /// Whether `path` is a folder that holds an adapter.
  public static func isAdapter(_ path: String) -> Bool {
    fileExists("\(path)/\(AdapterConfig.fileName)")
  }

  /// Opens the adapter and checks that its parts fit each other.
  ///
  /// - Throws: `Problem`: 65 for another kind of adapter, half a pair or a wrong rank, 66 when a
  ///   file is missing.
  public init(path: String) throws(Problem) {
    self.path = path
    config = try AdapterConfig(path: "\(path)/\(AdapterConfig.fileName)")
    tensors = try ShardedTensors(directory: path, stem: "adapter_model")
    var sorter = PairSorter(path: path, config: config, tensors: tensors)
    try sorter.sort()
    pairs = sorter.pairs
    replacements = sorter.replacements
  }

  /// A stored tensor, by the names in `pairs` and `replacements`.
  public func tensor(_ stored: String) throws(Problem) -> Tensor { try tensors.tensor(stored) }

  /// The base model's folder where it can be found: the path of the config, seen from the
  /// adapter's folder or from the working folder, or a name in the Hugging Face cache.
  public var baseDirectory: String? {
    guard let base = config.baseModel, !base.isEmpty, !base.utf8.contains(0) else { return nil }
    let beside = base.hasPrefix("/") ? base : "\(path)/\(base)"
    for candidate in [beside, base] where isDirectory(candidate) { return candidate }
    return HubCache.isName(base) ? try? HubCache.snapshot(of: base) : nil
  }

  /// Checks every pair and replacement against the base, whose shapes `shape` tells by the name of
  /// a tensor (nil: it has none of that name).
  ///
  /// - Throws: `Problems` (65) with all that does not fit.
  public func check(against shape: (String) -> [Int]?) throws(Problems) {
    var problems: [Problem] = []
    for pair in pairs {
      let name = pair.module + ".weight"
      let (input, output) = pair.width
      let wanted = config.fanInFanOut || pair.isEmbedding ? [input, output] : [output, input]
      problem(name, pair.a, found: shape(name), wanted: wanted).map { problems.append($0) }
    }
    for (name, stored) in replacements {
      let wanted = tensors.entry(stored)?.shape ?? []
      problem(name, stored, found: shape(name), wanted: wanted).map { problems.append($0) }
    }
    if !problems.isEmpty { throw Problems(problems) }
  }

  private func problem(
    _ name: String, _ stored: String, found: [Int]?, wanted: [Int]
  ) -> Problem? {
    if found == wanted { return nil }
    let what =
      found.map { "fits a weight of shape \(wanted), the base has \($0)" }
      ?? "belongs to \(quoted(name, limit: 200)), which the base lacks"
    return Problem(
      .badData, at: path, "tensor \(quoted(stored, limit: 200)) \(what)",
      hint: "is this adapter made for that base model?")
  }
}

/// Opens the adapter at `path` and, where its base can be found, checks that it fits the base.
///
/// - Throws: `Problem` or `Problems`.
@discardableResult
public func checkAdapter(_ path: String) throws -> AdapterDirectory {
  let adapter = try AdapterDirectory(path: path)
  if let base = adapter.baseDirectory {
    let tensors = try ShardedTensors(directory: base)
    try adapter.check(against: tensors)
  }
  return adapter
}

extension AdapterDirectory {
  /// Checks every pair and replacement against the weights of the base.
  ///
  /// - Throws: `Problems` (65) with all that does not fit.
  public func check(against base: ShardedTensors) throws(Problems) {
    try check { name in
      if let stored = Self.storedName(of: name, in: base) { return base.entry(stored)?.shape }
      // PEFT writes a tied head too, which the base stores as its embedding only.
      guard ["lm_head.weight", "embed_out.weight"].contains(name) else { return nil }
      let embeddings = ["embed_tokens.weight", "wte.weight", "embed_in.weight"]
      let table = base.names.first { name in embeddings.contains { name.hasSuffix($0) } }
      return table.flatMap(base.entry)?.shape
    }
  }

  /// What `base` calls the weight that adapters call `name`: checkpoints saved from the bare
  /// decoder lack the name of its module in front. nil where it stores none.
  public static func storedName(of name: String, in base: ShardedTensors) -> String? {
    let bare = ["transformer.", "model."].first { name.hasPrefix($0) }
    let names = [name] + (bare.map { [String(name.dropFirst($0.count))] } ?? [])
    return names.first { base.entry($0) != nil }
  }
}

/// Sorts the tensors of an adapter into pairs and replacements.
private struct PairSorter {
  let path: String
  let config: AdapterConfig
  let tensors: ShardedTensors
  private(set) var pairs: [AdapterPair] = []
  private(set) var replacements: [(name: String, stored: String)] = []

  private static let prefix = "base_model.model."

  init(path: String, config: AdapterConfig, tensors: ShardedTensors) {
    self.path = path
    self.config = config
    self.tensors = tensors
  }

  mutating func sort() throws(Problem) {
    var factors: [String: (a: String?, b: String?)] = [:]
    var modules: [(module: String, isEmbedding: Bool)] = []
    for stored in tensors.names {
      guard let part = Self.part(of: stored) else {
        try addReplacement(stored)
        continue
      }
      if part.factor == "magnitude" { continue }
      if factors[part.module] == nil { modules.append((part.module, part.isEmbedding)) }
      if part.factor == "A" {
        factors[part.module, default: (nil, nil)].a = stored
      } else {
        factors[part.module, default: (nil, nil)].b = stored
      }
    }
    for (module, isEmbedding) in modules {
      let found = factors[module]
      guard let a = found?.a, let b = found?.b else {
        let half = found?.a ?? found?.b ?? module
        throw problem(
          "tensor \(quoted(half, limit: 200)) is half a pair: lora_\(found?.a == nil ? "A" : "B") of that module is missing"
        )
      }
      pairs.append(try pair(module, a, b, isEmbedding: isEmbedding))
    }
  }

  /// Takes `base_model.model.MODULE.lora_A.weight` apart (also with an adapter's name before
  /// `.weight`); nil for tensors that are no factor.
  private static func part(
    of stored: String
  ) -> (module: String, factor: String, isEmbedding: Bool)? {
    var words = stored.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if words.last == "weight" { words.removeLast() }
    let factors = [
      "lora_A": ("A", false), "lora_B": ("B", false), "lora_embedding_A": ("A", true),
      "lora_embedding_B": ("B", true), "lora_magnitude_vector": ("magnitude", false),
    ]
    guard let position = words.lastIndex(where: { factors[$0] != nil }),
      words.count - position <= 2, let factor = factors[words[position]]
    else { return nil }
    let module = words[..<position].joined(separator: ".")
    return (
      String(module.dropFirst(module.hasPrefix(prefix) ? prefix.count : 0)), factor.0, factor.1
    )
  }

  private mutating func addReplacement(_ stored: String) throws(Problem) {
    guard stored.hasPrefix(Self.prefix), !stored.contains("lora_") else {
      throw problem("tensor \(quoted(stored, limit: 200)) is no part of a LoRA adapter")
    }
    var name = String(stored.dropFirst(Self.prefix.count))
    for infix in [".modules_to_save.default.", ".modules_to_save.", ".base_layer."] {
      if let range = name.firstRange(of: infix) { name.replaceSubrange(range, with: ".") }
    }
    replacements.append((name, stored))
  }

  private func pair(
    _ module: String, _ a: String, _ b: String, isEmbedding: Bool
  ) throws(Problem) -> AdapterPair {
    let rank = config.rank(of: module)
    guard let shapeA = tensors.entry(a)?.shape, let shapeB = tensors.entry(b)?.shape,
      shapeA.count == 2, shapeB.count == 2
    else {
      throw problem("the pair of \(quoted(module, limit: 200)) is not two matrices")
    }
    guard shapeA[0] == rank, shapeB[1] == rank else {
      throw problem(
        "the pair of \(quoted(module, limit: 200)) has shapes \(shapeA) and \(shapeB)",
        expected: "rank \(rank), as \(AdapterConfig.fileName) says")
    }
    return AdapterPair(
      module: module, a: a, b: b, isEmbedding: isEmbedding, rank: rank,
      scale: config.scale(of: module), width: (shapeA[1], shapeB[0]))
  }

  private func problem(_ what: String, expected: String? = nil) -> Problem {
    Problem(.badData, at: path, what, expected: expected)
  }
}
