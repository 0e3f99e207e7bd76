import Formats
import Kernels

extension Component {
  private static let preTokenizers = [
    "ByteLevel", "Split", "Digits", "Whitespace", "WhitespaceSplit", "Metaspace", "Punctuation",
    "BertPreTokenizer", "CharDelimiterSplit", "FixedLength", "Sequence",
  ]
  private static let behaviors: [SplitBehavior] = [
    .removed, .isolated, .mergedWithPrevious, .mergedWithNext, .contiguous,
  ]

  /// The steps of the pre-tokenizer that this part describes, sequences flattened.
  func preTokenizers() throws(Problem) -> [any PreTokenizer] {
    if isNull { return [] }
    let type = try self["type"].string()
    switch type {
    case "Sequence":
      var steps: [any PreTokenizer] = []
      for part in try self["pretokenizers"].elements() { steps += try part.preTokenizers() }
      return steps
    case "ByteLevel":
      return [
        ByteLevelPreTokenizer(
          addsPrefixSpace: try self["add_prefix_space"].bool(default: true),
          splitsWords: try self["use_regex"].bool(default: true), spellsBytes: true)
      ]
    case "Split": return [try split()]
    case "Metaspace": return [try metaspace()]
    case "BertPreTokenizer":
      return [
        SplitPreTokenizer(finder: ClassFinder(classes: .space), behavior: .removed),
        SplitPreTokenizer(finder: Self.punctuation, behavior: .isolated),
      ]
    default: return [try simpleSplit(type)]
    }
  }

  private static let punctuation = ClassFinder(classes: .punctuation, withASCIIPunctuation: true)

  /// Those that cut at characters of a kind.
  private func simpleSplit(_ type: String) throws(Problem) -> SplitPreTokenizer {
    switch type {
    case "Digits":
      let isIndividual = try self["individual_digits"].bool(default: false)
      return SplitPreTokenizer(
        finder: ClassFinder(classes: .number), behavior: isIndividual ? .isolated : .contiguous)
    case "Whitespace":
      return SplitPreTokenizer(finder: WordRunFinder(), behavior: .removed, isInverted: true)
    case "WhitespaceSplit":
      return SplitPreTokenizer(finder: ClassFinder(classes: .space), behavior: .removed)
    case "Punctuation":
      return SplitPreTokenizer(
        finder: Self.punctuation,
        behavior: try self["behavior"].choice(Self.behaviors, default: .isolated))
    case "CharDelimiterSplit":
      return SplitPreTokenizer(
        finder: LiteralFinder(pattern: try self["delimiter"].bytes()), behavior: .removed)
    case "FixedLength":
      let length = try self["length"].integer()
      guard length > 0 else {
        throw self["length"].problem("is \(length)", expected: "at least 1")
      }
      return SplitPreTokenizer(finder: FixedLengthFinder(length: length), behavior: .isolated)
    default: throw self["type"].unknown(type, among: Self.preTokenizers)
    }
  }

  private func split() throws(Problem) -> SplitPreTokenizer {
    SplitPreTokenizer(
      finder: try self["pattern"].matchFinder(),
      behavior: try self["behavior"].choice(Self.behaviors),
      isInverted: try self["invert"].bool(default: false))
  }

  private func matchFinder() throws(Problem) -> any MatchFinder {
    if json["String"] != nil { return LiteralFinder(pattern: try self["String"].bytes()) }
    let regex = self["Regex"]
    let pattern = try regex.string()
    if let scanner = WordScanner(pattern: pattern) { return scanner }
    return RegexFinder(regex: try Regex(pattern, place: regex.place))
  }

  private func metaspace() throws(Problem) -> MetaspacePreTokenizer {
    // Before prepend_scheme there was add_prefix_space.
    let addsPrefix = try self["add_prefix_space"].bool(default: true)
    return MetaspacePreTokenizer(
      replacement: try self["replacement"].character(default: "▁"),
      prependScheme: try self["prepend_scheme"].choice(
        [.always, .never, .first], default: addsPrefix ? .always : .never),
      splits: try self["split"].bool(default: true))
  }
}
