import Foundation
import Kernels
import TestSupport
import Testing

@testable import Formats

/// The reference's own renderings (transformers with Jinja2), byte for byte.
struct ChatTemplateGoldenTests {
  @Test(.enabled(if: shared("goldens/chat_templates") != nil))
  func rendersEveryCaseOfEveryTemplate() throws {
    let folder = try #require(shared("goldens/chat_templates"))
    let manifest = try json(folder.appendingPathComponent("manifest.json"))
    var templates: [String: ChatTemplate] = [:]
    for row in try rows(folder.appendingPathComponent("cases.jsonl")) {
      let name = try #require(row["template"]?.string)
      let template = try templates[name] ?? load(name, in: folder)
      templates[name] = template
      let problem = check(row, template, try tokens(manifest[name]))
      #expect(problem == nil, "\(name) / \(row["case"]?.string ?? ""): \(problem ?? "")")
    }
  }

  /// What differs from the golden row, nil when nothing does.
  private func check(_ row: JSON, _ template: ChatTemplate, _ tokens: [String: String]) -> String? {
    let result = Result { try render(row, template, tokens) }
    switch (result, row["text"]?.string) {
    case (.success(let chat), let text?):
      if Array(chat.text.utf8) != Array(text.utf8) { return "got \(chat.text), wanted \(text)" }
      guard let spans = row["assistant_spans"]?.array else { return nil }
      let wanted = spans.map { ($0[0]?.int ?? 0)..<($0[1]?.int ?? 0) }
      return chat.assistantSpans == wanted ? nil : "spans \(chat.assistantSpans), not \(wanted)"
    case (.success(let chat), nil): return "no error but \(chat.text)"
    case (.failure(let error), let text?): return "\(error), wanted \(text)"
    case (.failure(let error), nil):
      guard let problem = error as? Problem else { return "an error of another type: \(error)" }
      guard row["by_template"]?.bool == true, problem.what != row["message"]?.string else {
        return nil
      }
      return "message \(problem.what)"
    }
  }

  private func render(
    _ row: JSON, _ template: ChatTemplate, _ tokens: [String: String]
  ) throws -> RenderedChat {
    var extra = row["kwargs"]?.object ?? JSONObject()
    let tools = extra["tools"]
    let documents = extra["documents"]
    let isContinued = extra["continue_final_message"]?.bool ?? false
    for key in ["tools", "documents", "continue_final_message"] { extra[key] = nil }
    return try template.render(
      messages: row["messages"]?.array ?? [],
      addGenerationPrompt: row["add_generation_prompt"]?.bool ?? false, tools: tools,
      documents: documents, specialTokens: tokens, extra: extra,
      continueFinalMessage: isContinued, now: CalendarTime(iso8601: "2024-07-26 09:05:03"))
  }

  @Test(.enabled(if: shared("goldens/chat_templates") != nil))
  func evaluatesEverySnippet() throws {
    let file = try #require(shared("goldens/chat_templates/engine_micro.jsonl"))
    for row in try rows(file) {
      let source = try #require(row["template"]?.string)
      let result = Result {
        try ChatTemplate(source: source, name: "snippet")
          .render(row["context"]?.object ?? JSONObject())
      }
      switch result {
      case .success(let text):
        let wanted = row["text"]?.string
        #expect(wanted.map { Array($0.utf8) } == Array(text.utf8), "\(source): \(text)")
      case .failure(let error):
        #expect(row["text"] == nil, "\(source): \(error)")
        let message = (error as? Problem)?.what
        if row["by_template"]?.bool == true { #expect(message == row["message"]?.string) }
      }
    }
  }

  private func load(_ name: String, in folder: URL) throws -> ChatTemplate {
    let file = folder.appendingPathComponent("templates/\(name).jinja")
    let source = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    return try ChatTemplate(source: source, name: name)
  }

  private func tokens(_ entry: JSON?) throws -> [String: String] {
    let tokens = try #require(entry?["special_tokens"]?.object)
    return Dictionary(uniqueKeysWithValues: tokens.entries.map { ($0.key, $0.value.string ?? "") })
  }

  private func json(_ file: URL) throws -> JSON {
    try JSON.parse([UInt8](Data(contentsOf: file)), source: file.path)
  }

  private func rows(_ file: URL) throws -> [JSON] {
    let text = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    return try text.utf8.split(separator: 10).map { try JSON.parse(Array($0), source: file.path) }
  }
}
