public import Formats
public import Kernels

extension Tokenizer {
  /// The tokenizer of a model folder, a tokenizer.json or a .gguf file.
  ///
  /// - Throws: `Problem`: 66 when nothing is there, 65 when it is broken; the message names the
  ///   file and the component, such as `tokenizer.json: model.merges[17]`.
  public static func load(path: String) throws(Problem) -> Tokenizer {
    if path.hasSuffix(".gguf") { return try load(gguf: try GGUFFile(path: path)) }
    if path.hasSuffix(".json") {
      let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
      return try load(file: path, folder: folder)
    }
    return try load(directory: path)
  }

  /// The tokenizer of a Hugging Face model folder: tokenizer.json, with tokenizer_config.json,
  /// special_tokens_map.json and chat_template.jinja when they are there.
  public static func load(directory: String) throws(Problem) -> Tokenizer {
    try load(file: directory + "/tokenizer.json", folder: directory)
  }

  private static func load(file: String, folder: String) throws(Problem) -> Tokenizer {
    let json = try JSON.parse(file: file)
    let config = try optionalJSON(folder + "/tokenizer_config.json")
    let map = try optionalJSON(folder + "/special_tokens_map.json")
    var template: String?
    do throws(Problem) {
      template = try readText(folder + "/chat_template.jinja")
    } catch {
      guard error.kind == .missingInput else { throw error }
    }
    return try load(
      json: json, config: config, source: file, specialTokensMap: map, chatTemplate: template)
  }

  /// The tokenizer of a parsed tokenizer.json.
  ///
  /// - Parameters:
  ///   - config: The parsed tokenizer_config.json: special tokens and chat template.
  ///   - source: What messages call the file.
  ///   - specialTokensMap: The parsed special_tokens_map.json, for roles that `config` lacks.
  ///   - chatTemplate: The text of chat_template.jinja, which comes before the config's.
  public static func load(
    json: JSON, config: JSON? = nil, source: String = "tokenizer.json",
    specialTokensMap: JSON? = nil, chatTemplate: String? = nil
  ) throws(Problem) -> Tokenizer {
    let settings = TokenizerSettings(config: config, specialTokensMap: specialTokensMap)
    return Tokenizer(
      pipeline: try TokenizerPipeline(json: json, source: source),
      specialTokens: settings.specialTokens,
      chatTemplateSource: chatTemplate ?? settings.chatTemplate, addsBOS: settings.addsBOS,
      addsEOS: settings.addsEOS)
  }

  private static func optionalJSON(_ path: String) throws(Problem) -> JSON? {
    do throws(Problem) {
      return try JSON.parse(file: path)
    } catch {
      guard error.kind == .missingInput else { throw error }
      return nil
    }
  }
}

/// What tokenizer_config.json and special_tokens_map.json say.
struct TokenizerSettings {
  private(set) var specialTokens: [String: String] = [:]
  let chatTemplate: String?
  let addsBOS: Bool
  let addsEOS: Bool

  init(config: JSON?, specialTokensMap: JSON?) {
    addsBOS = config?["add_bos_token"]?.bool ?? false
    addsEOS = config?["add_eos_token"]?.bool ?? false
    chatTemplate = Self.template(config?["chat_template"])
    for (role, value) in specialTokensMap?.object?.entries ?? [] { add(role, value) }
    for (role, value) in config?.object?.entries ?? [] { add(role, value) }
  }

  /// A token is written as text or as an object with its content.
  private mutating func add(_ role: String, _ value: JSON) {
    guard role.hasSuffix("_token"), let token = value.string ?? value["content"]?.string else {
      return
    }
    specialTokens[role] = token
  }

  /// One template, or a list of named ones, of which `default` counts.
  private static func template(_ json: JSON?) -> String? {
    if let text = json?.string { return text }
    let named = json?.array ?? []
    let chosen = named.first { $0["name"]?.string == "default" } ?? named.first
    return chosen?["template"]?.string
  }
}
