import Formats
import Foundation
import Kernels
import TestSupport
import Testing
import Tokenizers

@testable import Modeling

struct LoadedModelTests {
  private let template =
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    + "{% if add_generation_prompt %}<|assistant|>{% endif %}"
  private let specials = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]

  private func fresh(
    _ family: String, kind: TokenizerTrainer.Kind = .byteLevelBPE, template: String?
  ) throws -> LoadedModel {
    let texts = (0..<80).map { "Number \($0 * $0) is a word, and \($0) is another one." }
    return try LoadedModel.new(
      config: tinyConfigs[family] ?? [:], source: family,
      trainer: TokenizerTrainer(kind: kind, vocabularySize: 400, specialTokens: specials),
      texts: texts, roles: TokenRoles(eos: "<|end|>", pad: "<|pad|>"), template: template,
      seed: 3)
  }

  private let messages = [Message(role: "user", content: "Number 7 is another word")]

  @Test(arguments: [
    ("llama", TokenizerTrainer.Kind.byteLevelBPE), ("gemma3", .sentencePieceBPE),
    ("qwen2", .unigram), ("gpt2", .byteLevelBPE),
  ])
  func newModelsAreSavedWhole(_ family: String, kind: TokenizerTrainer.Kind) throws {
    let folder = try TemporaryFolder()
    let model = try fresh(family, kind: kind, template: template)
    try model.save(to: folder.path + "/model")
    let again = try LoadedModel.open(folder.path + "/model")
    #expect(again.endTokens == model.endTokens && again.endTokens == [again.tokenizer.eosID])
    #expect(again.template != nil)
    let ids = try model.chatPromptIDs(messages)
    #expect(try again.chatPromptIDs(messages) == ids)
    #expect(again.tokenizer.decode(ids) == "<|user|>Number 7 is another word<|end|><|assistant|>")
    let job = GenerationJob(promptIDs: ids, samples: [0, 1], seed: 1)
    let settings = SamplingSettings(maxTokens: 8)
    #expect(
      try again.generate([job], settings: settings) == model.generate([job], settings: settings))

    let third = folder.path + "/third"
    try again.save(to: third)
    for name in [
      "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "model.safetensors",
    ] {
      #expect(
        FileManager.default.contentsEqual(
          atPath: folder.path + "/model/" + name, andPath: third + "/" + name), "\(name)")
    }
    #expect(try LoadedModel.open(third).identity == again.identity)
  }

  @Test func identityFollowsTheWeights() throws {
    let model = try fresh("llama", template: template)
    #expect(try fresh("llama", template: template).identity == model.identity)
    #expect(try fresh("llama", template: nil).identity != model.identity)
    let policy = model.makeTrainable()
    #expect(policy.identity == model.identity)
    let other = model.makeTrainable()
    let bias = try #require(other.decoder.parameters.last?.variable.value)
    bias.withBytes {
      UnsafeMutableRawBufferPointer(mutating: $0).bindMemory(to: Float.self)[0] += 0.5
    }
    #expect(other.identity != model.identity)
  }

  @Test func withoutATemplateTurnsArePlain() throws {
    let model = try fresh("llama", template: nil)
    let turns = [
      Message(role: "system", content: "Be brief."), Message(role: "user", content: "One?"),
      Message(role: "assistant", content: "1"), Message(role: "user", content: "Two?"),
    ]
    #expect(
      model.tokenizer.decode(try model.chatPromptIDs(turns))
        == "Be brief.\n\nUser: One?\nAssistant: 1\n\nUser: Two?\nAssistant:")
  }

  @Test func summariesCountEverything() throws {
    let summary = try fresh("qwen2", template: template).summary
    #expect(summary.architecture == "Qwen2ForCausalLM")
    #expect(summary.parameterCount * 4 == summary.weightBytes)
    #expect(summary.memory.training == 16 * summary.parameterCount)
    #expect(summary.memory.cachePerToken == 2 * 2 * 16 * 4)
    #expect(summary.hasTemplate && summary.tokenizerSize == summary.vocabularySize)
    #expect(summary.lines.contains { $0.key == "chat template" && $0.value == "yes" })
  }

  /// A GGUF file saved as a folder keeps its numbers, its tokens and its end tokens.
  @Test(
    .enabled(if: shared("goldens/gguf") != nil), arguments: ["llama_f16", "qwen2_q8"])
  func ggufFilesBecomeFolders(_ name: String) throws {
    let path = try #require(shared("goldens/gguf/\(name).gguf")).path
    let folder = try TemporaryFolder()
    let model = try LoadedModel.open(path)
    try model.save(to: folder.path + "/saved")
    let again = try LoadedModel.open(folder.path + "/saved")
    #expect(again.decoder.config == model.decoder.config)
    #expect(again.endTokens == model.endTokens)
    let info = try JSON.parse(file: path.replacing(".gguf", with: ".golden.json"))
    for encoding in info["encodings"]?.array ?? [] {
      let text = encoding["text"]?.string ?? ""
      let wanted = encoding["ids"]?.array?.compactMap(\.int).map { Int32($0) }
      #expect(try model.tokenizer.encodeIDs(text) == wanted)
      #expect(try again.tokenizer.encodeIDs(text) == wanted)
    }
    let ids = try model.textIDs("merging weights")
    let layout = SequenceLayout(lengths: [ids.count])
    #expect(
      largestDifference(
        again.decoder.logits(ids: ids, layout: layout).floats(),
        model.decoder.logits(ids: ids, layout: layout).floats()) < 1e-4,
      "rounding of dequantised rows")
  }

  /// Vocabularies of real models: the tokenizer.json made from a GGUF file tokenises as the file.
  @Test(.enabled(if: shared("goldens/gguf-vocab") != nil))
  func ggufVocabulariesBecomeTokenizers() throws {
    let folder = try #require(shared("goldens/gguf-vocab"))
    let texts = [
      "Hello, World! It's 12345.6789 o'clock\n\n\tthe end  ", "naïve Übung 你好 🙂🙃 \u{200B}x",
      "  leading and   inner spaces", "def f(x):\n    return x**2 # <|im_end|>", "",
    ]
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    for name in names where name.hasSuffix(".gguf") {
      let file = try GGUFFile(path: folder.path + "/" + name)
      guard ["gpt2", "llama"].contains(try file.string("tokenizer.ggml.model")),
        let tokenizer = try? Tokenizer.load(gguf: file)
      else { continue }
      let again = try Tokenizer.load(json: Tokenizer.json(gguf: file), source: name)
      for text in texts {
        #expect(try again.encodeIDs(text) == tokenizer.encodeIDs(text), "\(name): \(text)")
        #expect(
          try again.encodeIDs(text, addSpecialTokens: true)
            == tokenizer.encodeIDs(text, addSpecialTokens: true), "\(name): \(text)")
      }
    }
  }
}
