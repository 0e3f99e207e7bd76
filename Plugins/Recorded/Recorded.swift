import Foundation
import PluginAPI

/// A source whose answers were recorded: rows {"prompt","response"} of a JSON Lines file.
struct RecordedAdapter: ModelAdapter {
  static let name = "recorded"
  static let summary = "Answers of any model, read from JSON Lines."

  struct Options: PluginOptions {
    @Setting("Rows {\"prompt\",\"response\",\"model\"?}.") var file: FilePath?
    @Setting("Use only rows of this model; none uses all.") var only: String?
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  /// Only when a recipe names this adapter: a file of answers looks like any other.
  static func canOpen(_ reference: ModelReference) -> Bool { false }

  func open(_ reference: ModelReference) throws -> any LanguageModel {
    guard let file = options.file else {
      throw Problem(
        .badConfiguration, at: reference.place, "a recorded source needs 'file'",
        expected: "{adapter: recorded, file: answers.jsonl, name: archive}")
    }
    return try RecordedAnswers(path: file.path, only: options.only)
  }
}

/// Answers by prompt, in file order.
final class RecordedAnswers: LanguageModel {
  let identity: String
  private let answers: [String: [String]]

  init(path: String, only: String?) throws {
    var answers: [String: [String]] = [:]
    for row in try JSONLines.read(path: path) {
      guard let response = row.value["response"]?.string, let prompt = Self.key(row.value["prompt"])
      else {
        throw Problem(
          .badData, at: "\(path):\(row.line)", "the row has no 'prompt' and 'response'",
          expected: "{\"prompt\": \"…\", \"response\": \"…\"}")
      }
      if let only, row.value["model"]?.string != only { continue }
      answers[prompt, default: []].append(response)
    }
    guard !answers.isEmpty else {
      throw Problem(
        .badData, at: path, "holds no answer",
        hint: only.map { "no row has \"model\": \(quoted($0))" } ?? "it is empty")
    }
    self.answers = answers
    identity = "recorded \(try SHA256.hex(ofFile: path)) \(only ?? "")"
  }

  func generate(
    _ requests: [GenerationRequest], settings: SamplingSettings,
    progress: (_ finished: Int, _ tokens: Int) throws -> Void
  ) throws -> [[Generation]] {
    try progress(requests.count, 0)
    return requests.map { request in
      let known = answers[Self.key(request.messages)] ?? []
      return request.samples.filter { $0 < known.count }.map {
        Generation(text: known[$0], tokenIDs: [], finish: .stop, logProb: 0)
      }
    }
  }

  /// What two spellings of the same conversation share.
  private static func key(_ messages: [Message]) -> String {
    messages.map { "\($0.role)\u{1}\($0.content)" }.joined(separator: "\u{2}")
  }

  private static func key(_ prompt: JSON?) -> String? {
    if let text = prompt?.string { return key([Message(role: "user", content: text)]) }
    let turns = prompt?.array?.compactMap { turn -> Message? in
      guard let role = turn["role"]?.string, let content = turn["content"]?.string else {
        return nil
      }
      return Message(role: role, content: content)
    }
    return turns.flatMap { $0.isEmpty || $0.count != prompt?.array?.count ? nil : key($0) }
  }
}

@c(crucible_plugin_Recorded)
public func entry() -> UnsafeRawPointer {
  manifest("Recorded", version: "1.0.0", adapters: [RecordedAdapter.self])
}
