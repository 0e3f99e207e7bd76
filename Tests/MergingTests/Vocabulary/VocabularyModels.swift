import Foundation
import Merging

/// Folders with tokenizers made on the spot, removed with this object.
final class VocabularyModels {
  let root: String

  init() throws {
    root = NSTemporaryDirectory() + "vocabulary-" + UUID().uuidString
    try makeDirectories(root)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A member whose folder has this tokenizer; as many rows as ids unless `rows` says otherwise.
  func member(
    _ name: String, _ tokenizer: JSON?, rows: Int? = nil, vocabularySize: Int? = nil,
    takesPart: Bool = true, config: JSON? = nil, template: String? = nil
  ) throws -> VocabularyMember {
    let folder = "\(root)/\(name)"
    try makeDirectories(folder)
    if let tokenizer { try write(tokenizer, to: "\(name)/tokenizer.json") }
    if let config { try write(config, to: "\(name)/tokenizer_config.json") }
    if let template {
      try writeAtomically(path: folder + "/chat_template.jinja") { try $0.write(template) }
    }
    let count = tokenizer.map(Self.idCount) ?? 0
    return VocabularyMember(
      name: name, directory: folder, rows: rows ?? count, vocabularySize: vocabularySize ?? count,
      takesPart: takesPart)
  }

  func write(_ json: JSON, to path: String) throws {
    try writeAtomically(path: "\(root)/\(path)") { try $0.write(json.serialized(pretty: true)) }
  }

  /// Writes the files of a plan into a folder of their own and returns its path.
  func write(_ plan: VocabularyPlan, to name: String = "output") throws -> String {
    let folder = "\(root)/\(name)"
    try makeDirectories(folder)
    for file in plan.files { try file.write(to: folder) }
    return folder
  }

  private static func idCount(_ json: JSON) -> Int {
    let vocabulary = json["model"]?["vocab"]
    let ids =
      (vocabulary?.object?.entries.compactMap { $0.value.int } ?? [])
      + (json["added_tokens"]?.array?.compactMap { $0["id"]?.int } ?? [])
    return max((ids.max() ?? -1) + 1, vocabulary?.array?.count ?? 0)
  }
}

/// A BPE tokenizer of whole words: `tokens` have ids 0, 1, …
func bpe(_ tokens: [String], added: [JSON] = [], merges: [[String]] = []) -> JSON {
  [
    "version": "1.0", "added_tokens": .array(added), "normalizer": nil,
    "pre_tokenizer": ["type": "WhitespaceSplit"], "post_processor": nil, "decoder": nil,
    "model": [
      "type": "BPE", "unk_token": .string(tokens.first ?? "a"),
      "vocab": .object(
        JSONObject(
          tokens.enumerated().map { (key: $0.element, value: .int(Int64($0.offset))) })),
      "merges": .array(merges.map { .array($0.map { .string($0) }) }),
    ],
  ]
}

func addedToken(
  _ content: String, id: Int, special: Bool = true, lstrip: Bool = false
) -> JSON {
  [
    "id": .int(Int64(id)), "content": .string(content), "single_word": false,
    "lstrip": .bool(lstrip), "rstrip": false, "normalized": .bool(!special),
    "special": .bool(special),
  ]
}

/// What planning says is wrong; nil when nothing is.
func planningProblem(_ request: VocabularyRequest) -> Problem? {
  do {
    _ = try VocabularyPlan(request)
    return nil
  } catch {
    return error as? Problem
  }
}

extension VocabularyPlan {
  /// The id of a token of the output.
  func id(_ token: String) throws -> Int {
    guard let id = tokens.firstIndex(of: token) else {
      throw Problem(.failed, "the output has no token \(quoted(token))")
    }
    return id
  }

  /// Where `member` gets the row of `token` from.
  func source(of token: String, in member: Int) throws -> RowSource {
    alignment.source(of: try id(token), in: member)
  }
}
