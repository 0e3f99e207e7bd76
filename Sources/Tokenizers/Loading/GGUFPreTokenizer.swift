import Kernels

/// What a name in `tokenizer.ggml.pre` means: patterns that cut one after the other, and habits.
struct GGUFPreTokenizer: Sendable {
  /// Every pattern isolates its matches in what the ones before left.
  let patterns: [String]
  /// Words that are tokens are taken whole.
  var takesWholeWords = false
  /// A beginning-of-text token unless the file says otherwise.
  var addsBOS = false

  static func named(_ name: String) -> GGUFPreTokenizer? { table[name] }
  static var names: [String] { table.keys.sorted() }

  func steps(place: String) throws(Problem) -> [any PreTokenizer] {
    var steps: [any PreTokenizer] = []
    for pattern in patterns {
      let finder: any MatchFinder =
        if pattern == #"\p{N}"# {
          ClassFinder(classes: .number)
        } else if let scanner = WordScanner(pattern: pattern) {
          scanner
        } else {
          RegexFinder(regex: try Regex(pattern, dialect: .plain, place: place))
        }
      steps.append(SplitPreTokenizer(finder: finder, behavior: .isolated))
    }
    return steps
  }

  private static let gpt2 = GGUFPreTokenizer(patterns: [WordScanner.gpt2Pattern])
  private static let digitsThenGPT2 = GGUFPreTokenizer(
    patterns: [#"\p{N}"#, WordScanner.gpt2Pattern])
  private static let qwen2 = GGUFPreTokenizer(
    patterns: [WordScanner.llama3Pattern(digits: #"\p{N}"#)])
  private static let llama3Patterns = [WordScanner.llama3Pattern(digits: #"\p{N}{1,3}"#)]
  private static let cjk = "[一-龥ࠀ-一가-퟿]+"

  private static let table: [String: GGUFPreTokenizer] = [
    "default": GGUFPreTokenizer(
      patterns: [
        #"[\p{P}\$\+<=>\^~\|]+"#, WordScanner.gpt2Pattern, #"\p{N}+"#, "[0-9][0-9][0-9]",
      ]),
    "gpt-2": gpt2, "phi-2": gpt2, "jina-es": gpt2, "jina-de": gpt2, "jina-v1-en": gpt2,
    "jina-v2-code": gpt2, "mpt": gpt2, "olmo": gpt2, "gigachat": gpt2, "roberta-bpe": gpt2,
    "exaone4": gpt2,
    "starcoder": digitsThenGPT2, "refact": digitsThenGPT2, "command-r": digitsThenGPT2,
    "smollm": digitsThenGPT2, "codeshell": digitsThenGPT2, "exaone": digitsThenGPT2,
    "minerva-7b": digitsThenGPT2,
    "qwen2": qwen2, "stablelm2": qwen2, "hunyuan": qwen2, "megrez": qwen2,
    "deepseek-r1-qwen": qwen2,
    "llama-bpe": GGUFPreTokenizer(
      patterns: llama3Patterns, takesWholeWords: true, addsBOS: true),
    "llama3": GGUFPreTokenizer(patterns: llama3Patterns, takesWholeWords: true, addsBOS: true),
    "llama-v3": GGUFPreTokenizer(patterns: llama3Patterns, takesWholeWords: true, addsBOS: true),
    "falcon3": GGUFPreTokenizer(patterns: llama3Patterns, takesWholeWords: true, addsBOS: true),
    "falcon-h1": GGUFPreTokenizer(patterns: llama3Patterns, takesWholeWords: true, addsBOS: true),
    "pixtral": GGUFPreTokenizer(patterns: llama3Patterns, takesWholeWords: true, addsBOS: true),
    "dbrx": GGUFPreTokenizer(patterns: llama3Patterns),
    "smaug-bpe": GGUFPreTokenizer(patterns: llama3Patterns),
    "chatglm-bpe": GGUFPreTokenizer(patterns: llama3Patterns),
    "glm4": GGUFPreTokenizer(patterns: llama3Patterns),
    "falcon": GGUFPreTokenizer(
      patterns: [#"[\p{P}\$\+<=>\^~\|`]+"#, WordScanner.gpt2Pattern, "[0-9][0-9][0-9]"]),
    "deepseek-coder": GGUFPreTokenizer(
      patterns: ["[\r\n]", #"\s?\p{L}+"#, #"\s?\p{P}+"#, cjk, #"\p{N}"#]),
    "deepseek-v3": GGUFPreTokenizer(
      patterns: [
        #"\p{N}{1,3}"#, "[一-龥぀-ゟ゠-ヿ]+",
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"##
          + #" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
      ]),
    "deepseek-llm": GGUFPreTokenizer(
      patterns: [
        "[\r\n]", #"\s?[\#(deepseekLetters)]+"#,
        #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#, cjk, #"\p{N}+"#,
      ]),
    "tekken": GGUFPreTokenizer(
      patterns: [
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"#
          + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"#
          + #"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
      ], takesWholeWords: true, addsBOS: true),
    "gpt-4o": gpt4o, "llama4": gpt4o, "kanana2": gpt4o,
  ]

  private static let gpt4o = GGUFPreTokenizer(
    patterns: [
      #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#
        + #"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
        + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
        + #"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
        + #"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ])

  /// The letters that DeepSeek's pattern lists one by one, for a character class.
  private static let deepseekLetters = deepseekRanges.split(separator: " ").map { range in
    range.split(separator: "-").map { #"\x{\#($0)}"# }.joined(separator: "-")
  }.joined()

  private static let deepseekRanges = """
    41-5A 61-7A B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376 377 37B-37D \
    37F 386 388-38A 38C 38E-3A1 3A3-3F5 3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5 \
    13F8-13FD 1C90-1CBA 1CBD-1CBF 1D00-1D2B 1D6B-1D77 1D79-1D9A 1E00-1F15 1F18-1F1D \
    1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4 1FB6-1FBC 1FBE \
    1FC2-1FC4 1FC6-1FCC 1FD0-1FD3 1FD6-1FDB 1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 2107 \
    210A-2113 2115 2119-211D 2124 2126 2128 212A-212D 212F-2134 2139 213C-213F 2145-2149 \
    214E 2183 2184 2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2 2CF3 A640-A66D A680-A69B A722-A76F \
    A771-A787 A78B-A78E AB70-ABBF FB00-FB06 FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F \
    104B0-104D3 104D8-104FB 10C80-10CB2 10CC0-10CF2 118A0-118DF 1E900-1E943
    """
}
