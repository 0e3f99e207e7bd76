public import Formats
public import Kernels

/// Makes a tokenizer from text: a tokenizer.json that Hugging Face's libraries load as well.
///
/// Deterministic: the same texts in the same order give the same bytes, on every machine.
public struct TokenizerTrainer: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// GPT-2's: bytes, joined pair by pair. Nothing is ever unknown.
    case byteLevelBPE
    /// SentencePiece's BPE: characters with `▁` for spaces; rare ones become bytes.
    case sentencePieceBPE
    /// SentencePiece's Unigram: pieces with probabilities; rare characters become bytes.
    case unigram
  }

  public var kind: Kind
  /// Tokens to make in all, special and byte tokens included. Fewer come out when the texts
  /// have no more.
  public var vocabularySize: Int
  /// Their ids are 0, 1, 2 and so on. `<unk>` comes first for the two SentencePiece kinds when
  /// it is not among them.
  public var specialTokens: [String]
  /// Every digit is a token of its own, so that numbers are read digit by digit.
  public var splitsDigits: Bool
  /// How often a pair or a character must occur to become a token, at least 1.
  public var minimumFrequency: Int

  public init(
    kind: Kind, vocabularySize: Int, specialTokens: [String], splitsDigits: Bool = true,
    minimumFrequency: Int = 2
  ) {
    self.kind = kind
    self.vocabularySize = vocabularySize
    self.specialTokens = specialTokens
    self.splitsDigits = splitsDigits
    self.minimumFrequency = max(1, minimumFrequency)
  }

  /// Learns from `texts` and returns the parsed tokenizer.json; `serialized()` gives its text.
  ///
  /// Special tokens that occur in the texts are cut out and teach nothing.
  /// - Throws: `Problem` (configuration) when the vocabulary has no room for what it must hold,
  ///   or a special token comes twice.
  public func train(_ texts: some Sequence<String>) throws(Problem) -> JSON {
    let specials = try checkedSpecials()
    let words = try countWords(texts, specials)
    switch kind {
    case .byteLevelBPE: return try byteLevel(words, specials)
    case .sentencePieceBPE: return try sentencePiece(words, specials)
    case .unigram: return try unigram(words, specials)
    }
  }

  /// A tokenizer_config.json to lie beside tokenizer.json.
  public static func configuration(
    bos: String?, eos: String?, pad: String?, unknown: String? = nil, chatTemplate: String? = nil,
    maximumLength: Int? = nil
  ) -> JSON {
    var config: JSON = ["tokenizer_class": "PreTrainedTokenizerFast"]
    let roles = [
      ("bos_token", bos), ("eos_token", eos), ("pad_token", pad), ("unk_token", unknown),
    ]
    for (role, token) in roles { config[role] = token.map { .string($0) } }
    config["model_max_length"] = maximumLength.map { .int(Int64($0)) }
    config["chat_template"] = chatTemplate.map { .string($0) }
    config["clean_up_tokenization_spaces"] = false
    return config
  }

  // MARK: - Parts that all kinds share

  private func checkedSpecials() throws(Problem) -> [String] {
    var specials = specialTokens
    if kind != .byteLevelBPE, !specials.contains("<unk>") { specials.insert("<unk>", at: 0) }
    var seen: Set<String> = []
    for token in specials where token.isEmpty || !seen.insert(token).inserted {
      throw Problem(
        .badConfiguration, "special token \(quoted(token)) is empty or comes twice")
    }
    return specials
  }

  /// Where merges must not reach across, as the finished tokenizer cuts. No space is put before
  /// texts, so that decoding gives every text back, and the text of a completion by itself.
  private var preTokenizer: JSON {
    switch kind {
    case .byteLevelBPE:
      let byteLevel: JSON = [
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
      ]
      guard splitsDigits else { return byteLevel }
      return [
        "type": "Sequence",
        "pretokenizers": [["type": "Digits", "individual_digits": true], byteLevel],
      ]
    case .sentencePieceBPE, .unigram:
      return [
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true,
      ]
    }
  }

  private func countWords(
    _ texts: some Sequence<String>, _ specials: [String]
  ) throws(Problem) -> WordCounts {
    let steps = try Component(preTokenizer, source: "trainer").preTokenizers().map { step in
      guard var bytes = step as? ByteLevelPreTokenizer else { return step }
      bytes.spellsBytes = false
      return bytes as any PreTokenizer
    }
    let tokens = specials.enumerated().map {
      AddedToken(id: Int32($0.offset), content: $0.element, isSpecial: true)
    }
    let finder = AddedTokenFinder(tokens, spelled: specials.map { Array($0.utf8) })
    var words = WordCounts()
    try words.count(texts, cutting: finder, PreTokenizerSequence(steps: steps))
    return words
  }

  func checkRoom(_ needed: Int, _ what: String) throws(Problem) {
    guard vocabularySize >= needed, vocabularySize < Vocabulary.idLimit else {
      throw Problem(
        .badConfiguration, "a vocabulary of \(vocabularySize) tokens",
        expected: "at least \(needed): \(what)")
    }
  }

  /// The whole tokenizer.json around a model.
  func file(_ model: JSON, _ specials: [String], decoder: JSON) -> JSON {
    let added: [JSON] = specials.enumerated().map { id, content in
      [
        "id": .int(Int64(id)), "content": .string(content), "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false, "special": true,
      ]
    }
    return [
      "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added),
      "normalizer": nil, "pre_tokenizer": preTokenizer, "post_processor": nil,
      "decoder": decoder, "model": model,
    ]
  }

  var sentencePieceDecoder: JSON {
    [
      "type": "Sequence",
      "decoders": [
        ["type": "Replace", "pattern": ["String": "▁"], "content": " "],
        ["type": "ByteFallback"], ["type": "Fuse"],
      ],
    ]
  }
}

/// Distinct words in the order they were first seen, and how often each occurs.
struct WordCounts {
  private(set) var strings = TokenStrings()
  private(set) var counts: [Int] = []

  var count: Int { counts.count }

  func bytes(_ index: Int) -> [UInt8] { Array(strings[index]) }

  mutating func add(_ word: UnsafeBufferPointer<UInt8>) {
    let (index, isNew) = strings.insert(word)
    if isNew { counts.append(1) } else { counts[index] += 1 }
  }

  mutating func count(
    _ texts: some Sequence<String>, cutting finder: AddedTokenFinder,
    _ preTokenizer: some PreTokenizer
  ) throws(Problem) {
    let scratch = EncodeScratch()
    for text in texts {
      let bytes = Array(text.utf8)
      let parts = bytes.withUnsafeBufferPointer { finder.parts(of: $0, findsSpecial: true) }
      for part in parts where part.token == nil {
        var segment = Segment(
          AlignedText(bytes[part.range], origin: part.range.lowerBound))
        try preTokenizer.apply(to: &segment, scratch)
        segment.text.bytes.withUnsafeBufferPointer { bytes in
          for piece in segment.pieces { add(UnsafeBufferPointer(rebasing: bytes[piece.range])) }
        }
      }
    }
  }
}
