import Formats
import Foundation
import Kernels
import Testing

struct AdapterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// An adapter of `shapes` by stored name, and a config that `edit` changes.
  private func adapter(
    _ shapes: [(String, [Int])], _ edit: (inout JSON) -> Void = { _ in }
  ) throws -> AdapterDirectory {
    var config: JSON = ["peft_type": "LORA", "r": 2, "lora_alpha": 8, "modules_to_save": nil]
    edit(&config)
    try writeAtomically(path: "\(folder.path)/adapter_config.json", text: config.serialized())
    try SafetensorsWriter.write(
      shapes.map { ("base_model.model.\($0.0)", Tensor(zeros: $0.1)) },
      to: "\(folder.path)/adapter_model.safetensors")
    return try AdapterDirectory(path: folder.path)
  }

  private let pair = [("m.q.lora_A.weight", [2, 8]), ("m.q.lora_B.weight", [6, 2])]

  @Test func findsPairsWithTheirScales() throws {
    let plain = try adapter(pair + [("head.modules_to_save.weight", [3, 3])])
    #expect(plain.pairs.map(\.module) == ["m.q"] && plain.pairs.map(\.scale) == [4])
    #expect(plain.replacements.map(\.name) == ["head.weight"])
    let stable = try adapter(pair) { $0["use_rslora"] = true }
    #expect(stable.pairs.map(\.scale) == [8 / 2.0.squareRoot()])
    let patterned = try adapter(pair) {
      $0["r"] = 5
      $0["rank_pattern"] = ["q": 2]
      $0["alpha_pattern"] = ["m.q": 1]
    }
    #expect(patterned.pairs.map(\.scale) == [0.5])
    let embedding = try adapter([
      ("e.lora_embedding_A", [2, 9]), ("e.lora_embedding_B", [4, 2]),
      ("m.q.lora_A.default.weight", [2, 8]), ("m.q.lora_B.default.weight", [6, 2]),
    ])
    #expect(embedding.pairs.count == 2)
    try embedding.check { ["e.weight": [9, 4], "m.q.weight": [6, 8]][$0] }
  }

  @Test func listsAllThatDoesNotFitTheBase() throws {
    let adapter = try adapter(
      pair + [("m.k.lora_A.weight", [2, 8]), ("m.k.lora_B.weight", [6, 2])])
    let found = message { try adapter.check { $0 == "m.q.weight" ? [6, 7] : nil } }
    #expect(found.contains("fits a weight of shape [6, 8], the base has [6, 7]"))
    #expect(found.contains("'m.k.weight', which the base lacks"))
  }

  @Test func refusesWhatItWouldMisread() {
    #expect(
      message { _ = try adapter(pair) { $0["rank_pattern"] = ["^q.*": 2] } }.contains(
        "regular expression"))
    #expect(
      message { _ = try adapter(pair) { $0["r"] = 2.5 } }.contains("r is 2.5; expected a whole"))
    #expect(message { _ = try adapter(pair) { $0["lora_alpha"] = "x" } }.contains("lora_alpha is"))
    #expect(message { _ = try adapter([pair[0]]) }.contains("lora_B of that module is missing"))
    #expect(message { _ = try adapter([("m.q.lora_C.weight", [1])]) }.contains("no part of a LoRA"))
  }
}
