import Modeling
import Testing

@Suite struct ConversationTextTests {
  private let prompt = [Message(role: "user", content: "hi")]

  @Test func jointResponseIsWhatFollowsTheGenerationPrompt() throws {
    let text = try ConversationText.joint(
      prompt: prompt, responses: ["yo", "no"], render: chatML)
    #expect(text.prompt == "<s>[user]hi|[assistant]")
    #expect(text.responses == ["yo|", "no|"])
  }

  /// A template that writes a system prompt of its own: only the separate form repeats it.
  @Test func separateResponsesCarryTheirHeader() throws {
    let text = try ConversationText.separate(
      prompt: prompt, responses: ["yo"], templateSource: "{{ messages }}", bos: "<s>",
      render: chatML)
    #expect(text.prompt == "<s>[user]hi|")
    #expect(text.responses == ["[assistant]yo|"])
    let system = try ConversationText.separate(
      prompt: prompt, responses: ["yo"], templateSource: "… system …", bos: nil, render: chatML)
    #expect(system.prompt == "<s>[system]|[user]hi|")
    #expect(system.responses == ["<s>[assistant]yo|"])
  }

  @Test func fallsBackWhereTheTemplateRewritesThePrompt() throws {
    let text = try ConversationText.joint(prompt: prompt, responses: ["yo"]) { messages, asks in
      asks ? "ask: \(messages.count)" : "whole: \(messages.count)"
    }
    #expect(text == ConversationText(prompt: "ask: 1", responses: ["yo"]))
  }

  private func chatML(_ messages: [Message], _ addGenerationPrompt: Bool) -> String {
    "<s>" + messages.map { "[\($0.role)]\($0.content)|" }.joined()
      + (addGenerationPrompt ? "[assistant]" : "")
  }
}
