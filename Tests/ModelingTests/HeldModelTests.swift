import Foundation
import Kernels
import TestSupport
import Testing

@testable import Modeling

/// Models whose weights are in memory.
struct HeldModelTests {
  private let folder = repositoryRoot.appendingPathComponent("Examples/quickstart/models/target")
    .path
  private let names = [
    "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json",
  ]

  private func tensors() throws -> [String: Tensor] {
    let stored = try ShardedTensors(directory: folder)
    return Dictionary(
      uniqueKeysWithValues: try stored.names.map { ($0, try stored.tensor($0)) })
  }

  private func open(_ tensors: [String: Tensor], _ names: [String]) throws -> LoadedModel {
    try LoadedModel.open(
      tensors: tensors, config: try JSON.parse(file: "\(folder)/config.json"),
      files: names.map { .init(name: $0, content: .file("\(folder)/\($0)")) }, name: "held")
  }

  @Test func isTheModelOfAFolderWithTheSameContents() throws {
    let (held, stored) = (try open(tensors(), names), try LoadedModel.open(folder))
    #expect(held.identity == stored.identity && held.endTokens == stored.endTokens)
    #expect(held.name == "held")
    let messages = [Message(role: "user", content: "Name the second of these words: fox cow")]
    #expect(try held.chatPromptIDs(messages) == stored.chatPromptIDs(messages))
  }

  /// Files may be texts as well.
  @Test func templatesMayBeTexts() throws {
    let model = try LoadedModel.open(
      tensors: try tensors(), config: try JSON.parse(file: "\(folder)/config.json"),
      files: [
        .init(name: "tokenizer.json", content: .file("\(folder)/tokenizer.json")),
        .init(name: "chat_template.jinja", content: .text("{{ messages[0].content }}")),
      ], name: "held")
    let ids = try model.chatPromptIDs([Message(role: "user", content: "fox")])
    #expect(try ids == model.textIDs("fox"))
  }

  @Test func aMissingWeightIsNamed() throws {
    var tensors = try tensors()
    tensors["model.norm.weight"] = nil
    let problem = try #require(throws: Problem.self) { try open(tensors, names) }
    #expect(problem.place == "held" && "\(problem)".contains("'model.norm.weight'"))
  }

  @Test func aMissingTokenizerIsNamed() throws {
    let problem = try #require(throws: Problem.self) {
      try open(tensors(), ["generation_config.json"])
    }
    #expect(problem.kind == .missingInput && "\(problem)".contains("tokenizer.json"))
  }
}
