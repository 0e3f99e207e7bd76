import Formats
import Foundation
import TestSupport

@testable import Tokenizers

/// The tokenizers of goldens/tokenizers, loaded once each.
enum Goldens {
  static let folder = shared("goldens/tokenizers")
  static let names = [
    "smollm2", "gpt2", "gpt-neox-20b", "mistral-v1", "qwen2.5", "deepseek-v4",
    "bert-base-uncased", "llama3-style-small", "sp-bpe-small", "sp-unigram-small",
    "unigram-bytefallback-small", "wordpiece-small", "bytelevel-nfkc-small", "wordlevel-small",
  ]

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer.load(path: path("files/\(name)/tokenizer.json"))
  }

  static func path(_ name: String) -> String {
    folder?.appendingPathComponent(name).path ?? name
  }

  /// The objects of a JSON Lines file.
  static func lines(_ name: String) throws -> [JSON] {
    try readText(path(name)).utf8.split(separator: 0x0A).map {
      try JSON.parse(Array($0), source: name)
    }
  }
}

extension JSON {
  var int32s: [Int32] { (array ?? []).compactMap { $0.int.map(Int32.init) } }
  var ints: [Int] { (array ?? []).compactMap(\.int) }
}

extension [TokenSpan] {
  var flat: [Int] { flatMap { [$0.start, $0.end] } }
}
