import ArgumentParser
import PluginAPI

/// `crucible model new`
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a model with random weights and a tokenizer learned from texts.",
    discussion: """
      The folder OUT is what `crucible run` takes as a target to train from nothing. Texts are JSON \
      Lines; every string in a row's text, prompt, completion and messages is learned from. The \
      vocabulary's size and the ids of its special tokens are written into the config.
      """)

  @Argument(help: "Folder to make.") var out: String
  @Option(help: "A config.json: family and sizes; vocab_size is filled in.") var config: String
  @Option(help: "JSON Lines file to learn the tokenizer from; may be repeated.") var texts: [String]
  @Option(help: "Kind of tokenizer.") var tokenizer = TokenizerTrainer.Kind.byteLevelBPE
  @Option(help: "Tokens to learn at most, special ones included.") var vocabulary = 1024
  @Option(help: "A chat template (Jinja).") var template: String
  @Option(help: "Token that ends an answer.") var eos: String
  @Option(help: "Token that starts every text, where the template writes one.") var bos: String?
  @Option(help: "Token that fills; the end token where none is named.") var pad: String?
  @Option(help: "Further special tokens of the template; may be repeated.") var special: [String] =
    []
  @Flag(inversion: .prefixedNo, help: "Make every digit a token of its own.")
  var splitDigits = true
  @Option(help: "Every weight follows from it.") var seed: UInt64 = 0
  @OptionGroup var verbosity: Verbosity

  func run() throws {
    let console = verbosity.makeConsole()
    let templateText = try readText(template)
    let tokenizer = try trainedTokenizer()
    let parsed = try Tokenizer.load(json: tokenizer, config: nil, source: "the new tokenizer")
    var json = try JSON.parse(readText(config), source: config)
    json["vocab_size"] = .int(Int64(parsed.vocabularySize))
    for (key, token) in [
      ("bos_token_id", bos), ("eos_token_id", eos), ("pad_token_id", pad ?? eos),
    ] { json[key] = token.flatMap { parsed.id(of: $0) }.map { .int(Int64($0)) } ?? .null }
    let model = try DecoderModel.initialised(config: json, source: config, seed: seed)
    try model.save(to: out)
    try writeAtomically(path: "\(out)/tokenizer.json", text: tokenizer.serialized(pretty: true))
    let settings = TokenizerTrainer.configuration(
      bos: bos, eos: eos, pad: pad ?? eos, maximumLength: json["max_position_embeddings"]?.int)
    try writeAtomically(
      path: "\(out)/tokenizer_config.json", text: settings.serialized(pretty: true) + "\n")
    try writeAtomically(path: "\(out)/chat_template.jinja", text: templateText)
    console.message(
      "\(out): \(model.parameterCount) parameters, \(parsed.vocabularySize) tokens")
  }

  private func trainedTokenizer() throws -> JSON {
    var specials: [String] = []
    for token in [pad, bos, eos].compactMap(\.self) + special where !specials.contains(token) {
      specials.append(token)
    }
    let trainer = TokenizerTrainer(
      kind: tokenizer, vocabularySize: vocabulary, specialTokens: specials,
      splitsDigits: splitDigits)
    return try trainer.train(texts.flatMap(strings))
  }

  /// What a file of rows says, in file order.
  private func strings(path: String) throws -> [String] {
    var found: [String] = []
    for line in try JSONLines.read(path: path) {
      for key in ["text", "prompt", "completion"] {
        if let text = line.value[key]?.string { found.append(text) }
      }
      found += line.value["messages"]?.array?.compactMap { $0["content"]?.string } ?? []
    }
    return found
  }
}

extension TokenizerTrainer.Kind: @retroactive ExpressibleByArgument {}
