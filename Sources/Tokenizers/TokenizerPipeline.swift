import Kernels

/// The parts of a tokenizer in the order they run.
struct TokenizerPipeline: Sendable {
  var addedTokens: [AddedToken]
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var model: any TokenModel
  var postProcessor: (any PostProcessor)?
  var decoder: (any TokenDecoder)?
  /// Cuts words where no token can cross: nothing changes but speed.
  var boundaries: (any PreTokenizer)?

  let specialIDs: Set<Int32>
  /// Added tokens found in the original text, and those found once it is normalized.
  private let originalFinder: AddedTokenFinder
  private let normalizedFinder: AddedTokenFinder
  private let addedByID: [Int32: AddedToken]
  /// By bytes: canonically equivalent spellings are different tokens.
  private let addedByContent: [[UInt8]: Int32]

  /// Throws `Problem` when an added token cannot be normalized.
  init(
    addedTokens: [AddedToken], normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?,
    model: any TokenModel, postProcessor: (any PostProcessor)?, decoder: (any TokenDecoder)?,
    boundaries: (any PreTokenizer)? = nil
  ) throws(Problem) {
    self.addedTokens = addedTokens
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.postProcessor = postProcessor
    self.decoder = decoder
    self.boundaries = boundaries
    specialIDs = Set(addedTokens.filter(\.isSpecial).map(\.id))
    addedByID = Dictionary(addedTokens.map { ($0.id, $0) }) { $1 }
    addedByContent = Dictionary(addedTokens.map { (Array($0.content.utf8), $0.id) }) { $1 }
    let original = addedTokens.filter { !$0.isNormalized }
    originalFinder = AddedTokenFinder(original, spelled: original.map { Array($0.content.utf8) })
    let normalized = addedTokens.filter(\.isNormalized)
    var spelled: [[UInt8]] = []
    let scratch = EncodeScratch()
    for token in normalized {
      var text = AlignedText(token.content.utf8, origin: 0)
      try normalizer?.apply(to: &text, scratch)
      spelled.append(text.bytes)
    }
    normalizedFinder = AddedTokenFinder(normalized, spelled: spelled)
  }

  // MARK: - Encoding

  /// Bytes of one text: offsets are 32 bits wide, and normalizing may make text longer.
  private static let textLimit = 1 << 28

  /// Encodes `text` run by run; `emit` gets each run's tokens and the text their spans speak of.
  func encode(
    _ text: String, parseSpecial: Bool, _ scratch: EncodeScratch,
    _ emit: (TokenRuns, AlignedText) -> Void
  ) throws(Problem) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { return }
    guard bytes.count <= Self.textLimit else {
      throw Problem(
        .badData, "a text of \(bytes.count) bytes", expected: "at most \(Self.textLimit)",
        hint: "encode it in parts")
    }
    if originalFinder.isEmpty {
      return try encodeNormalizing(
        AlignedText(bytes, origin: 0), parseSpecial: parseSpecial, scratch, emit)
    }
    let parts = bytes.withUnsafeBufferPointer {
      originalFinder.parts(of: $0, findsSpecial: parseSpecial)
    }
    for part in parts {
      let text = AlignedText(bytes[part.range], origin: part.range.lowerBound)
      if let token = part.token {
        emit(Self.single(token, text), text)
      } else {
        try encodeNormalizing(text, parseSpecial: parseSpecial, scratch, emit)
      }
    }
  }

  private func encodeNormalizing(
    _ original: AlignedText, parseSpecial: Bool, _ scratch: EncodeScratch,
    _ emit: (TokenRuns, AlignedText) -> Void
  ) throws(Problem) {
    var text = original
    try normalizer?.apply(to: &text, scratch)
    if normalizedFinder.isEmpty { return try encodeWords(text, scratch, emit) }
    let parts = text.bytes.withUnsafeBufferPointer {
      normalizedFinder.parts(of: $0, findsSpecial: parseSpecial)
    }
    for part in parts {
      let slice = parts.count == 1 ? text : text.slice(part.range)
      if let token = part.token {
        emit(Self.single(token, slice), slice)
      } else {
        try encodeWords(slice, scratch, emit)
      }
    }
  }

  private static func single(_ token: AddedToken, _ text: AlignedText) -> TokenRuns {
    TokenRuns(ids: [token.id], spans: [Piece(0, text.count)])
  }

  private func encodeWords(
    _ text: AlignedText, _ scratch: EncodeScratch, _ emit: (TokenRuns, AlignedText) -> Void
  ) throws(Problem) {
    var segment = Segment(text)
    try preTokenizer?.apply(to: &segment, scratch)
    try boundaries?.apply(to: &segment, scratch)
    scratch.tokens.removeAll()
    var tokens = TokenRuns()
    swap(&tokens, &scratch.tokens)
    defer { swap(&tokens, &scratch.tokens) }
    try model.tokenize(segment, into: &tokens, scratch)
    emit(tokens, segment.text)
    scratch.giveBack(segment.pieces)
  }

  /// Special tokens around the texts, offsets tidied, all in one.
  func finish(_ texts: [EncodedText], addSpecialTokens: Bool) -> Encoding {
    let parts =
      postProcessor?.process(texts, addSpecialTokens: addSpecialTokens) ?? texts
    var result = Encoding.added([], typeID: 0)
    if parts.count == 1 { return parts[0].encoding }
    for part in parts { result.append(part.encoding) }
    return result
  }

  // MARK: - Decoding and look-ups

  var idCount: Int {
    max(model.vocabulary.idCount, (addedTokens.map { Int($0.id) }.max() ?? -1) + 1)
  }

  /// Whether a token is cut out of the text before the model sees it.
  func isAdded(_ id: Int32) -> Bool { addedByID[id] != nil }

  func id(of token: String) -> Int32? {
    addedByContent[Array(token.utf8)] ?? model.vocabulary.id(token)
  }

  /// The token's bytes as the vocabulary spells it.
  func bytes(_ id: Int32) -> [UInt8]? {
    if let added = addedByID[id] { return Array(added.content.utf8) }
    return model.vocabulary.bytes(id).map { Array($0) }
  }

  func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool) -> String {
    var tokens: [[UInt8]] = []
    for id in ids {
      if skipSpecialTokens, specialIDs.contains(id) { continue }
      if let bytes = bytes(id) { tokens.append(bytes) }
    }
    guard let decoder else {
      return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self)
    }
    return String(decoding: Array(decoder.decode(tokens).joined()), as: UTF8.self)
  }

  func rawBytes(_ id: Int32) -> [UInt8]? {
    guard let bytes = bytes(id) else { return nil }
    if addedByID[id] != nil { return bytes }
    if let model = model as? BPEModel, model.byteIDs != nil {
      return ByteAlphabet.bytes(of: bytes) ?? bytes
    }
    if let byte = ByteFallbackDecoder.byte(bytes) { return [byte] }
    var raw = AlignedText(bytes, origin: 0)
    raw.replaceAll(Array("▁".utf8), with: [0x20])
    return raw.bytes
  }
}
