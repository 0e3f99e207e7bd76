internal import Formats
public import Modeling

/// Inner products of what enters each linear layer of a model, as regression mean needs them:
/// G = mean over tokens of xᵀx, [in, in] f32.
///
/// Jin et al., "Dataless knowledge fusion by merging weights of language models", arXiv 2212.09849.
/// All tokens of the texts count, those of prompts too.
public struct GramStatistic {
  /// Bytes of products that are summed at the same time unless told otherwise.
  public static let usualMemory = 4 << 30
  /// Tokens of one forward pass.
  private static let tokensPerPass = 2048

  private let model: DecoderModel
  private let name: String
  private let sequences: [TrainingRow.Sequence]
  /// Inputs that are measured together.
  private let groups: [[GramInput]]

  /// - Parameters:
  ///   - name: The model's, for messages.
  ///   - sequences: At least one; labels do not matter.
  ///   - memory: Where the products of all layers need more bytes, the texts are run several times
  ///     and some layers are measured each time; one layer always is.
  public init(
    _ model: DecoderModel, name: String, over sequences: [TrainingRow.Sequence],
    memory: Int = GramStatistic.usualMemory
  ) {
    let first = sequences.first { !$0.ids.isEmpty }
    precondition(first != nil, "no texts")
    self.model = model
    self.name = name
    self.sequences = sequences.filter { !$0.ids.isEmpty }
    var groups: [[GramInput]] = [[]]
    var filled = 0
    for input in GramInput.all(of: model, token: first?.ids.first ?? 0) {
      if filled > 0, filled + input.byteCount > memory {
        groups.append([])
        filled = 0
      }
      groups[groups.count - 1].append(input)
      filled += input.byteCount
    }
    self.groups = groups
  }

  /// Times that the texts are run.
  public var passes: Int { groups.count }
  /// Bytes of products in memory at the same time.
  public var memoryBytes: Int {
    groups.map { $0.reduce(0) { $0 + $1.byteCount } }.max() ?? 0
  }
  /// Bytes of the file. Layers that share an input are measured once and stored under every name,
  /// so that any reader of the format finds them.
  public var fileBytes: Int {
    groups.joined().reduce(0) { $0 + $1.keys.count * $1.byteCount }
  }
  /// Tokens of all texts, which is what is averaged over.
  public var tokens: Int { sequences.reduce(0) { $0 + $1.ids.count } }

  /// Measures, and writes the products as safetensors: G of a layer under the name of its weight;
  /// of a weight that is stored [in, out] under `NAME#transposed`; `#rows` i64 [1] is the number
  /// of tokens. The file appears when it is whole.
  ///
  /// - Parameters:
  ///   - metadata: What else the file says of itself.
  ///   - progress: Hears how many tokens are finished, of `passes · tokens`; throws to stop.
  /// - Throws: `Problem` for activations that are no numbers and for a file that cannot be
  ///   written; what `progress` throws.
  public func write(
    to path: String, metadata: [String: String] = [:],
    progress: (_ finished: Int) throws -> Void = { _ in }
  ) throws {
    let rows = Tensor([Int64(tokens)], shape: [1])
    let descriptions = groups.joined().flatMap { input in
      input.keys.map {
        TensorDescription(name: $0, dtype: .f32, shape: [input.width, input.width])
      }
    }
    let writer = try SafetensorsWriter(
      path: path,
      tensors: [TensorDescription(name: "#rows", dtype: rows.dtype, shape: rows.shape)]
        + descriptions, metadata: metadata)
    try writer.append(rows)
    for (pass, group) in groups.enumerated() {
      let grams = try measure(group) { try progress(pass * tokens + $0) }
      for (input, gram) in zip(group, grams) {
        for _ in input.keys { try writer.append(gram) }
      }
    }
    try writer.finish()
  }

  /// G of the inputs of `group`, in order.
  private func measure(
    _ group: [GramInput], _ progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let grams = group.map { Tensor(zeros: [$0.width, $0.width]) }
    let places = Dictionary(
      uniqueKeysWithValues: group.enumerated().map { (ObjectIdentifier($1.weight), $0) })
    func take(_ weight: Variable, _ input: Tensor) {
      if let place = places[ObjectIdentifier(weight)] { addGram(of: input, to: grams[place]) }
    }
    var finished = 0
    for pack in packs() {
      try progress(finished)
      let tape = Tape(recording: false)
      tape.linearObserver = { take($0.weight, $0.input) }
      let hidden = model.hidden(
        tape, ids: pack.flatMap(\.ids), layout: SequenceLayout(lengths: pack.map(\.ids.count)))
      if let head = GramInput.ownHead(of: model) { take(head, hidden.value) }
      finished += hidden.value.rows
    }
    try progress(finished)
    for (input, gram) in zip(group, grams) { try finish(gram, input) }
    return grams
  }

  private func finish(_ gram: Tensor, _ input: GramInput) throws {
    let values = gram.vector(0..<gram.count)
    values.scale(1 / Float(tokens))
    guard values.isFinite else {
      throw Problem(
        .badData, at: name,
        "what enters \(quoted(input.keys.first ?? "")) is not finite for these texts",
        hint: "look at the model's weights: crucible model inspect --check")
    }
  }

  /// The texts in order, as many together as one forward pass takes.
  private func packs() -> [[TrainingRow.Sequence]] {
    var packs: [[TrainingRow.Sequence]] = [[]]
    var filled = 0
    for sequence in sequences {
      if filled > 0, filled + sequence.ids.count > Self.tokensPerPass {
        packs.append([])
        filled = 0
      }
      packs[packs.count - 1].append(sequence)
      filled += sequence.ids.count
    }
    return packs
  }
}
