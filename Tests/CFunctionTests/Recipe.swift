import Foundation
import PluginAPI
import TestSupport

@testable import CFunction

/// A library of `source`, compiled for the tests of one suite.
struct Built {
  let folder: TestFolder
  let path: String

  init(_ source: String, by compiler: Compiler = .c) throws {
    folder = try TestFolder()
    path = try compiler.library("my", source, in: folder.path)
  }

  /// The reward that a recipe beside the library describes by `options`, in YAML.
  func reward(_ options: String) throws -> CFunctionReward {
    let node = try YAML.parse(complete(options), source: "r.yaml")
    var problems: [Problem] = []
    let context = OptionContext(folder: folder.path)
    let read = OptionReader.read(CFunctionOptions.self, from: node, into: &problems, context)
    if !problems.isEmpty { throw Problems(problems) }
    return try CFunctionReward(read)
  }

  /// With the library on a first line of its own, unless `options` name one.
  private func complete(_ options: String) -> String {
    if options.contains("library:") { return options }
    if options.hasPrefix("{") { return "{library: ./libmy.so,\n" + options.dropFirst() }
    return "library: ./libmy.so\n" + options
  }

  /// What is said of a recipe that has a fault.
  func fault(_ options: String) -> String {
    do {
      _ = try reward(options)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }
}

/// A row with one user turn.
func row(
  _ prompt: String, _ response: String, reference: String? = nil, fields: JSONObject = [:],
  tokens: [Int32] = [], id: String = "p1"
) -> Completion {
  let prompt = Prompt(
    id: id, messages: [Message(role: "user", content: prompt)], reference: reference,
    fields: fields, place: "d.jsonl:1")
  return Completion(prompt: prompt, response: response, tokenIDs: tokens, modelName: "m")
}

extension CFunctionReward {
  /// Score or reason of each row.
  func said(_ rows: [Completion]) throws -> [String] {
    try judge(rows).map { $0.failure ?? "\($0.value)" }
  }
}
