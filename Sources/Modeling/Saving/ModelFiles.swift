internal import Formats
internal import Kernels
internal import Tokenizers

/// The files of a model folder beside config and weights, kept as they were so that a saved model
/// has them to the byte. Mapped: their contents survive the folder they came from.
struct ModelFiles: Sendable {
  enum Content: Sendable {
    case mapped(MappedFile)
    case text(String)
    /// The tokenizer.json of a GGUF file's vocabulary, made when it is asked for.
    case vocabulary(GGUFFile)

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
      var text: String
      switch self {
      case .mapped(let file): return try withExtendedLifetime(file) { try body(file.bytes) }
      case .text(let own): text = own
      case .vocabulary(let file): text = try Tokenizer.json(gguf: file).serialized() + "\n"
      }
      return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
  }

  /// By name, in a fixed order.
  private(set) var entries: [(name: String, content: Content)] = []

  private static let tokenizerNames = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "tokenizer.model",
  ]
  static let generationName = "generation_config.json"

  init() {}

  /// What `directory` has of them.
  init(directory: String) throws {
    for name in Self.tokenizerNames + [Self.generationName] {
      let path = "\(directory)/\(name)"
      if fileExists(path) { entries.append((name, .mapped(try MappedFile(path: path)))) }
    }
  }

  subscript(name: String) -> Content? { entries.first { $0.name == name }?.content }

  mutating func set(_ name: String, _ content: Content) {
    entries.removeAll { $0.name == name }
    entries.append((name, content))
  }

  func addTokenizer(to hash: inout ContentHash) {
    for (name, content) in entries where name != Self.generationName {
      hash.add(name)
      switch content {
      case .mapped(let file): withExtendedLifetime(file) { hash.add(file.bytes) }
      case .text(let text): hash.add(text)
      case .vocabulary(let file): hash.addVocabulary(of: file)
      }
    }
  }

  /// `eos_token_id` of the generation config, nil when it says nothing.
  func endTokens(_ directory: String) throws -> [Int32]? {
    guard let content = self[Self.generationName] else { return nil }
    let source = "\(directory)/\(Self.generationName)"
    let json = try content.withBytes { try JSON.parse($0, source: source) }
    guard let value = json["eos_token_id"], value != .null else { return nil }
    let ids = value.array?.compactMap(\.int) ?? [value.int].compactMap { $0 }
    let fitting = ids.compactMap { Int32(exactly: $0) }.filter { $0 >= 0 }
    guard !fitting.isEmpty, fitting.count == value.array?.count ?? 1 else {
      throw Problem(
        .badData, at: source, "eos_token_id is \(value.serialized())",
        expected: "a token id or a list of them")
    }
    return fitting
  }
}
