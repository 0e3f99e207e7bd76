/// Puts special tokens around texts and tidies offsets.
protocol PostProcessor: Sendable {
  /// One encoding for every text before, one or more after; they are joined in the end.
  func process(_ parts: [EncodedText], addSpecialTokens: Bool) -> [EncodedText]
  /// Special tokens that it adds around a single text.
  var addedForSingle: Int { get }
}

extension PostProcessor {
  var addedForSingle: Int { 0 }
}

/// An encoding and the text that its offsets speak of.
struct EncodedText {
  var encoding: Encoding
  var text: String
}

struct PostProcessorSequence: PostProcessor {
  let steps: [any PostProcessor]

  func process(_ parts: [EncodedText], addSpecialTokens: Bool) -> [EncodedText] {
    steps.reduce(parts) { $1.process($0, addSpecialTokens: addSpecialTokens) }
  }

  var addedForSingle: Int { steps.reduce(0) { $0 + $1.addedForSingle } }
}

/// Puts given tokens around one text or two, as a template says.
struct TemplatePostProcessor: PostProcessor {
  enum Part: Sendable {
    case special(ids: [Int32], typeID: Int32)
    case sequence(index: Int, typeID: Int32)
  }

  let single: [Part]
  let pair: [Part]

  func process(_ parts: [EncodedText], addSpecialTokens: Bool) -> [EncodedText] {
    (parts.count < 2 ? single : pair).compactMap { part in
      switch part {
      case .special(let ids, let typeID):
        guard addSpecialTokens else { return nil }
        return EncodedText(encoding: .added(ids, typeID: typeID), text: "")
      case .sequence(let index, let typeID):
        guard index < parts.count else { return nil }
        var text = parts[index]
        text.encoding.typeIDs = text.encoding.ids.map { _ in typeID }
        return text
      }
    }
  }

  var addedForSingle: Int {
    single.reduce(0) { count, part in
      if case .special(let ids, _) = part { count + ids.count } else { count }
    }
  }
}

/// BERT's `[CLS] A [SEP] B [SEP]` and RoBERTa's `<s> A </s></s> B </s>`.
struct BertPostProcessor: PostProcessor {
  let cls: Int32
  let separator: Int32
  /// RoBERTa: another separator before the second text, type ids all 0.
  let isRoberta: Bool
  /// RoBERTa's trimming of offsets, done before.
  var trimmer: OffsetTrimmer?

  func process(_ parts: [EncodedText], addSpecialTokens: Bool) -> [EncodedText] {
    var parts = parts
    if let trimmer { parts = trimmer.process(parts, addSpecialTokens: addSpecialTokens) }
    if isRoberta {
      for index in parts.indices {
        parts[index].encoding.typeIDs = parts[index].encoding.ids.map { _ in 0 }
      }
    }
    guard addSpecialTokens else { return parts }
    var result: [EncodedText] = []
    for (index, part) in parts.enumerated() {
      let typeID: Int32 = isRoberta || index == 0 ? 0 : 1
      let before = index == 0 ? [cls] : isRoberta ? [separator] : []
      result.append(EncodedText(encoding: .added(before, typeID: typeID), text: ""))
      result.append(part)
      result.append(EncodedText(encoding: .added([separator], typeID: typeID), text: ""))
    }
    return result
  }

  var addedForSingle: Int { 2 }
}

/// Takes the white space that tokens begin or end with out of their offsets; ids stay.
struct OffsetTrimmer: PostProcessor {
  /// The first token's space was put there by the pre-tokenizer: there is nothing to take off.
  let addsPrefixSpace: Bool
  /// Characters of white space that every token begins and ends with, by id.
  let leading: [UInt16]
  let trailing: [UInt16]
  /// Added tokens, which may have swallowed white space of the text.
  let added: Set<Int32>

  /// `tokens` are the texts by id; byte-level tokens spell a space as `Ġ`.
  init(addsPrefixSpace: Bool, tokens: [String?], added: Set<Int32>) {
    self.addsPrefixSpace = addsPrefixSpace
    self.added = added
    let spaces = tokens.map { Self.spaces(($0 ?? "").utf8) }
    leading = spaces.map { UInt16(clamping: $0.leading) }
    trailing = spaces.map { UInt16(clamping: $0.trailing) }
  }

  /// Characters of white space that a text begins and ends with.
  private static func spaces(_ text: some Collection<UInt8>) -> (leading: Int, trailing: Int) {
    func isSpace(_ value: UInt32) -> Bool {
      value == 0x120 || ScalarClass.of(value).contains(.space)
    }
    let values = Array(text).scalarValues
    return (values.prefix(while: isSpace).count, values.reversed().prefix(while: isSpace).count)
  }

  func process(_ parts: [EncodedText], addSpecialTokens: Bool) -> [EncodedText] {
    parts.map { part in
      var part = part
      let bytes = Array(part.text.utf8)
      for index in part.encoding.ids.indices {
        let id = Int(part.encoding.ids[index])
        guard id < leading.count else { continue }
        let span = part.encoding.byteOffsets[index]
        var spaces = (leading: Int(leading[id]), trailing: Int(trailing[id]))
        if added.contains(Int32(id)) { spaces = Self.spaces(bytes[span.range]) }
        guard spaces.leading > 0 || spaces.trailing > 0 else { continue }
        part.encoding.byteOffsets[index] = trimmed(span, bytes, spaces, isFirst: index == 0)
      }
      return part
    }
  }

  private func trimmed(
    _ span: TokenSpan, _ bytes: [UInt8], _ spaces: (leading: Int, trailing: Int), isFirst: Bool
  ) -> TokenSpan {
    var span = span
    // More than one space cannot all have been put there.
    let keepsStart = addsPrefixSpace && (isFirst || span.start == 0) && spaces.leading == 1
    for _ in 0..<(keepsStart ? 0 : spaces.leading) where span.start < span.end {
      span.start = min(span.end, span.start + utf8Length(bytes[span.start]))
    }
    for _ in 0..<spaces.trailing where span.end > span.start {
      repeat { span.end -= 1 } while span.end > span.start && isContinuation(bytes[span.end])
    }
    return span
  }
}

extension Encoding {
  /// Tokens that no text holds.
  static func added(_ ids: [Int32], typeID: Int32) -> Encoding {
    Encoding(
      ids: ids, byteOffsets: ids.map { _ in TokenSpan(start: 0, end: 0) },
      specialMask: ids.map { _ in true }, typeIDs: ids.map { _ in typeID },
      sequenceIDs: ids.map { _ in nil })
  }

  mutating func append(_ other: Encoding) {
    ids += other.ids
    byteOffsets += other.byteOffsets
    specialMask += other.specialMask
    typeIDs += other.typeIDs
    sequenceIDs += other.sequenceIDs
  }
}
