public import Formats
public import Kernels

extension Tokenizer {
  /// The tokenizer in a GGUF file's metadata.
  ///
  /// - Throws: `Problem` (65) that names the key.
  public static func load(gguf: GGUFFile) throws(Problem) -> Tokenizer {
    try gguf.checkVocabulary()
    return try GGUFTokenizerReader(gguf).tokenizer()
  }
}

/// Builds a tokenizer from `tokenizer.ggml.*`, as llama.cpp understands it.
struct GGUFTokenizerReader {
  let file: GGUFFile
  let tokens: [String]
  let types: [Int]

  /// Values of `tokenizer.ggml.token_type`.
  private enum TokenType { static let unknown = 2, control = 3, userDefined = 4 }

  init(_ file: GGUFFile) throws(Problem) {
    self.file = file
    tokens = try file.required(
      "tokenizer.ggml.tokens", try file.strings("tokenizer.ggml.tokens"))
    types = try file.ints("tokenizer.ggml.token_type") ?? []
    guard tokens.count < Vocabulary.idLimit else {
      throw Problem(.badData, at: file.path, "a vocabulary of \(tokens.count) tokens")
    }
  }

  func tokenizer() throws(Problem) -> Tokenizer {
    let key = "tokenizer.ggml.model"
    let model = try file.required(key, try file.string(key))
    switch model {
    case "gpt2": return try byteLevel()
    case "llama": return try sentencePiece()
    default:
      throw Problem(
        .badData, at: file.path, "metadata '\(key)' is \(quoted(model))",
        expected: "one of gpt2, llama", hint: "convert the model from its tokenizer.json instead")
    }
  }

  // MARK: - Byte-level BPE

  private func byteLevel() throws(Problem) -> Tokenizer {
    let name = try file.string("tokenizer.ggml.pre") ?? "default"
    guard let pre = GGUFPreTokenizer.named(name) else {
      let known = GGUFPreTokenizer.names
      throw Problem(
        .badData, at: file.path, "metadata 'tokenizer.ggml.pre' is \(quoted(name))",
        expected: "one of \(known.joined(separator: ", "))",
        hint: closest(to: name, among: known).map { "did you mean \(quoted($0))?" })
    }
    let vocabulary = vocabulary()
    var model = BPEModel(vocabulary: vocabulary, merges: try merges(vocabulary))
    model.takesWholeWords = pre.takesWholeWords
    model.useBytes()
    return try tokenizer(
      model, normalizer: nil,
      preTokenizer: PreTokenizerSequence(steps: try pre.steps(place: file.path)),
      decoder: ByteLevelDecoder(), addsBOS: pre.addsBOS, defaults: [:])
  }

  private func merges(_ vocabulary: Vocabulary) throws(Problem) -> MergeTable {
    let key = "tokenizer.ggml.merges"
    let list = try file.required(key, try file.strings(key))
    let table = MergeTable(capacity: list.count)
    var joined: [UInt8] = []
    for (rank, text) in list.enumerated() {
      var text = text
      let ids = text.withUTF8 { Self.mergeIDs($0, vocabulary, &joined) }
      guard let (left, right, result) = ids else {
        throw Problem(
          .badData, at: file.path, "\(key)[\(rank)] is \(quoted(text))",
          expected: "two tokens whose text together is a token as well")
      }
      table.insert(left, right, rank: rank, id: result)
    }
    return table
  }

  /// The ids of both parts and the result; `joined` is memory to work in.
  private static func mergeIDs(
    _ text: UnsafeBufferPointer<UInt8>, _ vocabulary: Vocabulary, _ joined: inout [UInt8]
  ) -> (Int32, Int32, Int32)? {
    // The separator is the first space that does not begin the text.
    guard let space = text.dropFirst().firstIndex(of: 0x20) else { return nil }
    let left = UnsafeBufferPointer(rebasing: text[..<space])
    let right = UnsafeBufferPointer(rebasing: text[(space + 1)...])
    joined.removeAll(keepingCapacity: true)
    joined.append(contentsOf: left)
    joined.append(contentsOf: right)
    guard let leftID = vocabulary.id(left), let rightID = vocabulary.id(right),
      let result = joined.withUnsafeBufferPointer({ vocabulary.id($0) })
    else { return nil }
    return (leftID, rightID, result)
  }

  // MARK: - SentencePiece BPE

  private func sentencePiece() throws(Problem) -> Tokenizer {
    let key = "tokenizer.ggml.scores"
    let scores = try file.required(key, try file.floats(key))
    let defaults = ["bos": 1, "eos": 2, "unknown": 0]
    let unknown = try specialID("unknown", defaults)
    let model = ScoredBPEModel(vocabulary: vocabulary(), scores: scores, unknownID: unknown)
    let addsSpace = try file.bool("tokenizer.ggml.add_space_prefix") ?? true
    let space: [UInt8] = Array("▁".utf8)
    var steps: [any Normalizer] = [
      ReplaceNormalizer(pattern: .literal([0x20]), content: space)
    ]
    var decoders: [any TokenDecoder] = [
      ReplaceDecoder(pattern: space, content: [0x20]), ByteFallbackDecoder(), FuseDecoder(),
    ]
    if addsSpace {
      steps.insert(PrependNormalizer(prefix: space), at: 0)
      decoders.append(StripDecoder(content: [0x20], start: 1, stop: 0))
    }
    return try tokenizer(
      model, normalizer: NormalizerSequence(steps: steps), preTokenizer: nil,
      decoder: DecoderSequence(steps: decoders), addsBOS: true, defaults: defaults)
  }

  // MARK: - Parts they share

  private func vocabulary() -> Vocabulary {
    var vocabulary = Vocabulary(minimumCapacity: tokens.count)
    for token in tokens { vocabulary.insertPiece(token, lastWins: false) }
    return vocabulary
  }

  private func tokenizer(
    _ model: any TokenModel, normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?,
    decoder: any TokenDecoder, addsBOS: Bool, defaults: [String: Int]
  ) throws(Problem) -> Tokenizer {
    let addsBOS = try file.bool("tokenizer.ggml.add_bos_token") ?? addsBOS
    let addsEOS = try file.bool("tokenizer.ggml.add_eos_token") ?? false
    let bos = addsBOS ? try specialID("bos", defaults) : nil
    let eos = addsEOS ? try specialID("eos", defaults) : nil
    let pipeline = try TokenizerPipeline(
      addedTokens: try addedTokens(), normalizer: normalizer, preTokenizer: preTokenizer,
      model: model, postProcessor: TemplatePostProcessor(bos: bos, eos: eos), decoder: decoder,
      boundaries: (model as? ScoredBPEModel)?.wordBoundaries())
    var specialTokens: [String: String] = [:]
    for role in ["bos", "eos", "unk", "pad", "sep", "cls", "mask", "eot", "eom"] {
      let key = ["unk": "unknown", "pad": "padding", "sep": "seperator"][role] ?? role
      if let id = try specialID(key, defaults) { specialTokens[role + "_token"] = tokens[Int(id)] }
    }
    return Tokenizer(
      pipeline: pipeline, specialTokens: specialTokens,
      chatTemplateSource: try file.string("tokenizer.chat_template"), addsBOS: bos != nil,
      addsEOS: eos != nil)
  }

  /// The id of a role; -1 and what lies outside the vocabulary mean none.
  private func specialID(_ role: String, _ defaults: [String: Int]) throws(Problem) -> Int32? {
    let id = try file.int("tokenizer.ggml.\(role)_token_id") ?? defaults[role]
    guard let id, tokens.indices.contains(id) else { return nil }
    return Int32(truncatingIfNeeded: id)
  }

  func addedTokens() throws(Problem) -> [AddedToken] {
    let stripsRight = try phi3Strips()
    return tokens.indices.compactMap { id in
      guard id < types.count,
        [TokenType.unknown, TokenType.control, TokenType.userDefined].contains(types[id]),
        !tokens[id].isEmpty
      else { return nil }
      return AddedToken(
        id: Int32(truncatingIfNeeded: id), content: tokens[id],
        stripsRight: stripsRight(tokens[id]), isSpecial: types[id] != TokenType.userDefined)
    }
  }

  /// Phi-3's markers swallow the white space after them; the file does not say so, its name does.
  private func phi3Strips() throws(Problem) -> (String) -> Bool {
    let name = try file.string("general.name")?.lowercased() ?? ""
    let isPhi3 = name.contains("phi-3") || name.contains("phi3")
    let exceptions: Set = ["<unk>", "<s>", "<|endoftext|>"]
    return { isPhi3 && !exceptions.contains($0) }
  }
}

extension TemplatePostProcessor {
  /// BOS before and EOS after every text.
  init(bos: Int32?, eos: Int32?) {
    func texts(_ indices: [Int]) -> [Part] {
      indices.flatMap { index -> [Part] in
        let typeID = Int32(truncatingIfNeeded: index)
        return [bos.map { .special(ids: [$0], typeID: typeID) }].compactMap { $0 }
          + [.sequence(index: index, typeID: typeID)]
          + [eos.map { .special(ids: [$0], typeID: typeID) }].compactMap { $0 }
      }
    }
    single = texts([0])
    pair = texts([0, 1])
  }
}
