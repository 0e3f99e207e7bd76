public import Kernels

internal import Synchronization

/// Text to token ids and back: one model's tokenizer, whatever file it came from.
///
/// Immutable and safe to use from many threads at once; calls do not wait for each other.
public final class Tokenizer: Sendable {
  let pipeline: TokenizerPipeline
  /// Special tokens by role, as chat templates know them: `bos_token`, `eos_token`, `unk_token`,
  /// `pad_token` and so on. Only what the files name.
  public let specialTokens: [String: String]
  /// The Jinja source of the model's chat template, when its files hold one.
  public let chatTemplateSource: String?
  /// Whether the files ask for a beginning-of-text token before, an end token after every text.
  /// `encode` with special tokens follows the post-processor, which for GGUF is made of these.
  public let addsBOS: Bool
  public let addsEOS: Bool
  private let scratches = Mutex<[ScratchBox]>([])

  /// Invariant behind `@unchecked Sendable`: a scratch is either in the pool or used by the one
  /// thread that took it out.
  private struct ScratchBox: @unchecked Sendable { let scratch: EncodeScratch }

  init(
    pipeline: TokenizerPipeline, specialTokens: [String: String], chatTemplateSource: String?,
    addsBOS: Bool = false, addsEOS: Bool = false
  ) {
    self.pipeline = pipeline
    self.specialTokens = specialTokens
    self.chatTemplateSource = chatTemplateSource
    self.addsBOS = addsBOS
    self.addsEOS = addsEOS
  }

  // MARK: - Encoding

  /// The tokens of `text`.
  ///
  /// - Parameters:
  ///   - addSpecialTokens: Also what the post-processor puts around a text (BOS, EOS, `[CLS]`).
  ///   - parseSpecial: Special tokens written out in the text become their ids; else they are
  ///     ordinary text, as is right for text that users typed.
  /// - Throws: `Problem` (bad data) when the tokenizer's own regular expression gives up on the
  ///   text, or its model has no token for a character and none for the unknown.
  public func encode(
    _ text: String, addSpecialTokens: Bool = false, parseSpecial: Bool = true
  ) throws(Problem) -> Encoding {
    let encoding = try encoded(text, sequence: 0, parseSpecial: parseSpecial)
    return pipeline.finish(
      [EncodedText(encoding: encoding, text: text)], addSpecialTokens: addSpecialTokens)
  }

  /// The tokens of two texts that belong together; offsets speak of the text that `sequenceIDs`
  /// names.
  public func encode(
    _ text: String, pair: String, addSpecialTokens: Bool = true, parseSpecial: Bool = true
  ) throws(Problem) -> Encoding {
    let parts = [
      EncodedText(
        encoding: try encoded(text, sequence: 0, parseSpecial: parseSpecial), text: text),
      EncodedText(
        encoding: try encoded(pair, sequence: 1, parseSpecial: parseSpecial), text: pair),
    ]
    return pipeline.finish(parts, addSpecialTokens: addSpecialTokens)
  }

  /// Only the ids of `encode`, for where offsets are of no use; somewhat faster.
  public func encodeIDs(
    _ text: String, addSpecialTokens: Bool = false, parseSpecial: Bool = true
  ) throws(Problem) -> [Int32] {
    if addSpecialTokens {
      return try encode(text, addSpecialTokens: true, parseSpecial: parseSpecial).ids
    }
    let scratch = takeScratch()
    defer { giveBack(scratch) }
    var ids: [Int32] = []
    try pipeline.encode(text, parseSpecial: parseSpecial, scratch) { tokens, _ in
      ids.append(contentsOf: tokens.ids)
    }
    return ids
  }

  /// The tokens of many texts, in their order, on all threads of the pool.
  ///
  /// - Throws: What `encode` throws, of the first text that fails.
  public func encodeBatch(
    _ texts: [String], addSpecialTokens: Bool = false, parseSpecial: Bool = true
  ) throws(Problem) -> [Encoding] {
    let results = Mutex<[Result<Encoding, Problem>?]>(Array(repeating: nil, count: texts.count))
    let chunk = max(1, texts.count / (8 * ThreadPool.shared.threadCount))
    ThreadPool.shared.parallel((texts.count + chunk - 1) / chunk) { part in
      for index in part * chunk..<min((part + 1) * chunk, texts.count) {
        let result = Result { () throws(Problem) in
          try encode(
            texts[index], addSpecialTokens: addSpecialTokens, parseSpecial: parseSpecial)
        }
        results.withLock { $0[index] = result }
      }
    }
    var encodings: [Encoding] = []
    encodings.reserveCapacity(texts.count)
    for result in results.withLock({ $0 }) {
      if let result { encodings.append(try result.get()) }
    }
    return encodings
  }

  private func encoded(
    _ text: String, sequence: Int, parseSpecial: Bool
  ) throws(Problem) -> Encoding {
    let scratch = takeScratch()
    defer { giveBack(scratch) }
    var ids: [Int32] = []
    var spans: [TokenSpan] = []
    ids.reserveCapacity(text.utf8.count / 3)
    spans.reserveCapacity(text.utf8.count / 3)
    try pipeline.encode(text, parseSpecial: parseSpecial, scratch) { tokens, text in
      ids.append(contentsOf: tokens.ids)
      for span in tokens.spans {
        let range = text.originalRange(Int(span.start), Int(span.end))
        spans.append(TokenSpan(start: range.start, end: range.end))
      }
    }
    return Encoding(
      ids: ids, byteOffsets: spans, specialMask: Array(repeating: false, count: ids.count),
      typeIDs: Array(repeating: Int32(sequence), count: ids.count),
      sequenceIDs: Array(repeating: sequence, count: ids.count))
  }

  private func takeScratch() -> EncodeScratch {
    scratches.withLock { $0.popLast() }?.scratch ?? EncodeScratch()
  }

  private func giveBack(_ scratch: EncodeScratch) {
    let box = ScratchBox(scratch: scratch)
    scratches.withLock { if $0.count < 64 { $0.append(box) } }
  }

  // MARK: - Decoding

  /// The text of `ids`. Ids without a token are left out; broken UTF-8 becomes U+FFFD.
  public func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool = false) -> String {
    pipeline.decode(ids, skipSpecialTokens: skipSpecialTokens)
  }

  /// A decoder for ids that arrive one by one.
  public func makeStream(skipSpecialTokens: Bool = false) -> StreamingDecoder {
    StreamingDecoder(self, skipSpecialTokens: skipSpecialTokens)
  }
}

// MARK: - Vocabulary

extension Tokenizer {
  /// One more than the largest id, added tokens included. Ids in between may be unused.
  public var vocabularySize: Int { pipeline.idCount }

  /// The id of a token as the vocabulary spells it (`Ġthe`, `▁the`, `<0x0A>`).
  public func id(of token: String) -> Int32? { pipeline.id(of: token) }

  /// The token with this id, as the vocabulary spells it.
  public func token(_ id: Int32) -> String? {
    pipeline.bytes(id).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a token is special: never typed by users, skipped when decoding says so.
  public func isSpecial(_ id: Int32) -> Bool { pipeline.specialIDs.contains(id) }

  /// Ids of all special tokens, ascending.
  public var specialIDs: [Int32] { pipeline.specialIDs.sorted() }

  /// The bytes that a token stands for in running text: byte-level and `<0xNN>` spelling undone,
  /// `▁` as a space. For aligning vocabularies.
  public func rawBytes(_ id: Int32) -> [UInt8]? { pipeline.rawBytes(id) }

  public var bosID: Int32? { specialID("bos_token") }
  public var eosID: Int32? { specialID("eos_token") }
  public var padID: Int32? { specialID("pad_token") }
  public var unkID: Int32? { specialID("unk_token") }

  private func specialID(_ role: String) -> Int32? { specialTokens[role].flatMap { id(of: $0) } }
}
