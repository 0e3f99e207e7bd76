import Formats
import Foundation
import TestSupport
import Testing

@testable import Tokenizers

@Suite(.enabled(if: shared("goldens/gguf-vocab") != nil))
struct GGUFVocabularyTests {
  static let names = [
    "deepseek-llm", "gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2", "starcoder",
  ]

  @Test(arguments: names)
  func encodesAsLlamaCpp(name: String) throws {
    let url = try #require(shared("goldens/gguf-vocab/ggml-vocab-\(name).gguf"))
    let tokenizer = try Tokenizer.load(path: url.path)
    let inputs = try readText(url.path + ".inp").components(separatedBy: "\n__ggml_vocab_test__\n")
    let outputs = try readText(url.path + ".out").components(separatedBy: "\n")
    for (input, output) in zip(inputs, outputs) {
      let wanted = output.split(separator: " ").compactMap { Int32($0) }
      #expect(try tokenizer.encode(input, parseSpecial: false).ids == wanted, "\(input)")
    }
  }
}
