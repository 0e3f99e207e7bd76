import Merging
import Testing

/// The files of the output's tokenizer.
struct TokenizerFileTests {
  private let settings: JSON = [
    "bos_token": "<s>", "chat_template": "{{ 'old template' }}", "model_max_length": 512,
  ]

  @Test func anUnchangedTokenizerIsCopiedWithAllItsFiles() throws {
    let models = try VocabularyModels()
    let member = try models.member("base", bpe(["a"]), config: settings, template: "{{ 'own' }}")
    try models.write([:], to: "base/special_tokens_map.json")
    try models.write(["a": 0], to: "base/vocab.json")
    let other = try models.member("x", bpe(["a"]))
    let plan = try VocabularyPlan(VocabularyRequest(members: [member, other]))
    let names = [
      "tokenizer.json", "vocab.json", "tokenizer_config.json", "special_tokens_map.json",
      "chat_template.jinja",
    ]
    #expect(plan.files.map(\.name) == names)
    #expect(plan.files.map(\.content) == names.map { .copy("\(member.directory)/\($0)") })
    let folder = try models.write(plan)
    #expect(
      try readText(folder + "/tokenizer.json") == readText(member.directory + "/tokenizer.json"))
  }

  /// The files of slow tokenizers know nothing of what was added.
  @Test func aChangedTokenizerLeavesStaleFilesBehind() throws {
    let models = try VocabularyModels()
    var config = settings
    config["added_tokens_decoder"] = ["0": ["content": "<s>", "special": true]]
    let member = try models.member(
      "base", bpe(["<s>"], added: [addedToken("<s>", id: 0)]), config: config)
    try models.write(["<s>": 0], to: "base/vocab.json")
    let other = try models.member("x", bpe(["a"], added: [addedToken("<x>", id: 1)]))
    let plan = try VocabularyPlan(VocabularyRequest(members: [member, other]))
    #expect(plan.files.map(\.name) == ["tokenizer.json", "tokenizer_config.json"])
    let written = try JSON.parse(file: try models.write(plan) + "/tokenizer_config.json")
    let decoder = written["added_tokens_decoder"]
    #expect(decoder?.object?.keys == ["0", "1", "2"])
    #expect(decoder?["1"]?["content"] == "a")
    #expect(decoder?["2"]?["special"] == true)
    #expect(
      written["chat_template"] == settings["chat_template"], "no other template was asked for")
  }

  @Test func aTemplateTakesThePlaceOfEveryOther() throws {
    let models = try VocabularyModels()
    let member = try models.member("base", bpe(["a"]), config: settings, template: "{{ 'own' }}")
    let plan = try VocabularyPlan(
      VocabularyRequest(members: [member], chatTemplate: "{{ 'a new template' }}"))
    let folder = try models.write(plan)
    #expect(try readText(folder + "/chat_template.jinja") == "{{ 'a new template' }}")
    let written = try JSON.parse(file: folder + "/tokenizer_config.json")
    #expect(written == ["bos_token": "<s>", "model_max_length": 512])
    #expect(
      try Tokenizer.load(directory: folder).chatTemplateSource == "{{ 'a new template' }}")
  }

  @Test func mergesWithoutTokenizerSectionCopyOne() throws {
    let models = try VocabularyModels()
    let member = try models.member("base", bpe(["a"]), config: settings)
    let kept = try TokenizerFile.copied(from: member.directory)
    #expect(kept.map(\.name) == ["tokenizer.json", "tokenizer_config.json"])
    #expect(kept.allSatisfy { if case .copy = $0.content { true } else { false } })
    let files = try TokenizerFile.copied(from: member.directory, chatTemplate: "{{ 'new' }}")
    #expect(
      files.map(\.name) == ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"])
    #expect(files[2].content == .text("{{ 'new' }}"))
    let empty = try models.member("none", nil)
    #expect(try TokenizerFile.copied(from: empty.directory).isEmpty)
  }

  @Test func nothingButTokensChangesInTokenizerJSON() throws {
    let models = try VocabularyModels()
    var tokenizer = bpe(["a", "b"], merges: [])
    tokenizer["later"] = ["numbers": [1, 0.1, -2.5e-7, 1e300], "text": "\u{0}\"\\/é\u{7f}"]
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [models.member("base", tokenizer), models.member("x", bpe(["a", "c"]))]))
    var written = try JSON.parse(file: try models.write(plan) + "/tokenizer.json")
    #expect(written["added_tokens"]?.array?.count == 1)
    #expect(written.object?.keys == tokenizer.object?.keys, "in the order of the file")
    written["added_tokens"] = []
    #expect(written == tokenizer)
  }
}
