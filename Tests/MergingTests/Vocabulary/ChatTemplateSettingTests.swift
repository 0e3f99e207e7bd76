import Merging
import Testing

/// What `chat_template` means.
struct ChatTemplateSettingTests {
  private func resolved(
    _ setting: String, _ members: [VocabularyMember] = []
  ) throws -> String? {
    try resolveChatTemplate(setting, members: members, place: "c.yml:4:16")
  }

  @Test func autoIsTheTemplateOfMost() throws {
    let models = try VocabularyModels()
    let members = [
      try models.member("a", nil, template: "{{ 'one' }}"),
      try models.member("b", nil, config: ["chat_template": "\n{{ 'two' }} "]),
      try models.member("c", nil),
      try models.member(
        "d", nil, config: ["chat_template": "{{ 'one' }}"], template: "{{ 'two' }}\n"),
    ]
    #expect(try resolved("auto", members) == "{{ 'two' }}", "white space around it is no part")
    #expect(try resolved("auto", Array(members[..<2])) == "{{ 'one' }}", "the first of equals")
    #expect(try resolved("auto", [members[2]]) == nil)
  }

  @Test func ofANamedSetTheDefaultCounts() throws {
    let models = try VocabularyModels()
    let named: JSON = [
      ["name": "tool_use", "template": "{{ 'tools' }}"],
      ["name": "default", "template": "{{ 'chat' }}"],
    ]
    let other: JSON = [["name": "rag", "template": "{{ 'rag' }}"]]
    let members = [
      try models.member("other", nil, config: ["chat_template": other]),
      try models.member("set", nil, config: ["chat_template": named]),
    ]
    #expect(try resolved("auto", members) == "{{ 'chat' }}")
    #expect(try resolved("auto", [members[0]]) == nil, "it has no default")
  }

  @Test(arguments: [
    (
      "alpaca",
      "Be kind.\n\n### Instruction:\nHi\n\n### Response:\nHello</s>\n\n### Instruction:\nBye\n\n"
        + "### Response:\n"
    ),
    (
      "chatml",
      "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        + "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
        + "<|im_start|>assistant\n"
    ),
    (
      "exaone",
      "[|system|]Be kind.[|endofturn|]\n[|user|]Hi\n[|assistant|]Hello[|endofturn|]\n"
        + "[|user|]Bye\n[|assistant|]"
    ),
    (
      "llama3",
      "<s><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    ("mistral", "<s>[INST] Be kind.\n\nHi [/INST] Hello</s>[INST] Bye [/INST]"),
  ])
  func builtInsRenderTheirFormat(name: String, expected: String) throws {
    let template = try ChatTemplate(source: try #require(try resolved(name)), name: name)
    let chat = try template.render(
      messages: [
        ["role": "system", "content": "Be kind."], ["role": "user", "content": "Hi"],
        ["role": "assistant", "content": "Hello"], ["role": "user", "content": "Bye"],
      ], addGenerationPrompt: true, specialTokens: ["bos_token": "<s>", "eos_token": "</s>"])
    #expect(chat.text == expected)
  }

  @Test func exaoneAlwaysHasASystemTurn() throws {
    let template = try ChatTemplate(source: try #require(try resolved("exaone")), name: "exaone")
    let chat = try template.render(messages: [["role": "user", "content": "Hi"]])
    #expect(chat.text == "[|system|][|endofturn|]\n[|user|]Hi\n")
  }

  @Test func mistralTakesTurns() throws {
    let template = try ChatTemplate(source: try #require(try resolved("mistral")), name: "mistral")
    #expect(throws: Problem.self) {
      try template.render(
        messages: [["role": "assistant", "content": "Hi"]],
        specialTokens: ["bos_token": "<s>", "eos_token": "</s>"])
    }
  }

  @Test func literalTextIsTakenAsItIs() throws {
    let text = "{% for m in messages %}{{ m['content'] }}{% endfor %}\n"
    #expect(try resolved(text) == text)
  }

  @Test(arguments: [
    (
      "chatlm",
      "c.yml:4:16: chat_template 'chatlm' is no template; expected auto, alpaca, chatml, exaone, "
        + "llama3, mistral, or Jinja text of at least 20 characters; did you mean 'chatml'?"
    ),
    (
      "{{ messages }}",
      "c.yml:4:16: chat_template '{{ messages }}' is no template; expected auto, alpaca, chatml, "
        + "exaone, llama3, mistral, or Jinja text of at least 20 characters"
    ),
  ])
  func otherTextIsRefused(setting: String, message: String) throws {
    let problem = #expect(throws: Problem.self) { try resolved(setting) }
    #expect(problem?.description == message)
    #expect(problem?.kind == .badConfiguration)
  }

  @Test func brokenJinjaIsRefusedWithItsPlace() throws {
    let problem = #expect(throws: Problem.self) {
      try resolved("{% for message in messages %}{{ message }}")
    }
    #expect(problem?.place == "c.yml:4:16")
    #expect(
      problem?.what.hasPrefix("chat_template cannot be read as Jinja: chat_template:1:") == true)
  }

  @Test func longTextWithoutABraceIsRefused() throws {
    #expect(throws: Problem.self) { try resolved("a text that is long enough but no template") }
  }
}
