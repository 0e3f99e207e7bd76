import Formats
import Kernels

extension Component {
  private static let normalizers = [
    "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Prepend", "Replace",
    "BertNormalizer", "Precompiled", "Nmt", "ByteLevel", "Sequence",
  ]

  /// The normalizer that this part describes, nil for null.
  func normalizer() throws(Problem) -> (any Normalizer)? {
    if isNull { return nil }
    let type = try self["type"].string()
    switch type {
    case "NFC", "NFD", "NFKC", "NFKD":
      guard let form = UnicodeNormalization.Form(rawValue: type.lowercased()) else { return nil }
      return UnicodeNormalizer(form: form)
    case "Lowercase": return LowercaseNormalizer()
    case "Strip":
      return StripNormalizer(
        left: try self["strip_left"].bool(default: true),
        right: try self["strip_right"].bool(default: true))
    case "StripAccents": return StripAccentsNormalizer()
    case "Prepend": return PrependNormalizer(prefix: try self["prepend"].bytes())
    case "Replace": return try replaceNormalizer()
    case "BertNormalizer": return try bertNormalizer()
    case "Precompiled": return try precompiledNormalizer()
    case "Nmt": return NmtNormalizer()
    case "ByteLevel": return ByteLevelNormalizer()
    case "Sequence":
      var steps: [any Normalizer] = []
      for part in try self["normalizers"].elements() {
        if let step = try part.normalizer() { steps.append(step) }
      }
      return steps.isEmpty ? nil : NormalizerSequence(steps: steps)
    default: throw self["type"].unknown(type, among: Self.normalizers)
    }
  }

  private func replaceNormalizer() throws(Problem) -> ReplaceNormalizer {
    let content = try self["content"].bytes()
    if let literal = self["pattern"].json["String"] {
      let bytes = try Component(
        literal, path: path + ".pattern.String", source: source
      ).bytes()
      return ReplaceNormalizer(pattern: .literal(bytes), content: content)
    }
    let regex = self["pattern"]["Regex"]
    let finder = RegexFinder(regex: try Regex(try regex.string(), place: regex.place))
    return ReplaceNormalizer(pattern: .regex(finder), content: content)
  }

  private func bertNormalizer() throws(Problem) -> BertNormalizer {
    let lowercases = try self["lowercase"].bool(default: true)
    return BertNormalizer(
      cleansText: try self["clean_text"].bool(default: true),
      separatesChinese: try self["handle_chinese_chars"].bool(default: true),
      stripsAccents: try self["strip_accents"].bool(default: lowercases), lowercases: lowercases)
  }

  private func precompiledNormalizer() throws(Problem) -> PrecompiledNormalizer {
    let part = self["precompiled_charsmap"]
    guard let bytes = Base64.decoded(try part.string().utf8) else {
      throw part.problem("is not base64")
    }
    return try PrecompiledNormalizer(charsmap: bytes, place: part.place)
  }
}
