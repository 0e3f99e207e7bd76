import Foundation
import Merging
import TestSupport
import Testing

@testable import Host

/// Damaged checkpoints and adapters as inputs of a merge: the error that they have everywhere, and
/// no output.
@Suite(.enabled(if: shared("goldens/bad/manifest.json") != nil, "no goldens beside the checkout"))
struct BadInputMergeTests {
  private static let root = shared("goldens/bad")?.path ?? ""

  /// Cases of a kind: their files, and whether they are to be refused.
  private static func cases(_ kind: String) -> [BadInput] {
    guard let json = try? JSON.parse(file: "\(root)/manifest.json") else { return [] }
    return (json["cases"]?.array ?? []).filter { $0["kind"]?.string == kind }.compactMap {
      guard let file = $0["file"]?.string else { return nil }
      return BadInput(file: file, isRefused: $0["expected"]?.string == "error")
    }
  }

  @Test(arguments: cases("safetensors"))
  func weights(input: BadInput) throws {
    try inScratch { scratch in
      let model = scratch.appendingPathComponent("model")
      try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(Self.root)/\(input.file)",
        toPath: model.appendingPathComponent("model.safetensors").path)
      try FileManager.default.copyItem(
        atPath: "\(Self.root)/cfg_control/config.json",
        toPath: model.appendingPathComponent("config.json").path)
      let faults = merging([model.path], in: scratch)
      // Files without fault hold no layers of a model.
      #expect(!faults.isEmpty)
      for fault in faults {
        #expect(fault.kind == .badData, "\(fault)")
        #expect(fault.place != nil)
        if input.isRefused { #expect(!fault.what.contains("no numbered layers"), "\(fault)") }
      }
    }
  }

  /// Configs are copied and not obeyed, so only those are refused that say nothing, or whose
  /// tensors do not fit the other model's.
  @Test(arguments: cases("model directory"))
  func models(input: BadInput) throws {
    let merged = [
      "cfg_enormous_layers", "cfg_enormous_sizes", "cfg_heads_not_dividing", "cfg_int_overflow",
      "cfg_kv_heads_not_dividing", "cfg_missing_hidden_size", "cfg_missing_model_type",
      "cfg_negative_layers", "cfg_null_layers", "cfg_odd_head_dim", "cfg_string_number",
      "cfg_unknown_activation", "cfg_unknown_model_type", "cfg_unknown_rope_type",
      "cfg_vocab_mismatch", "cfg_zero_heads",
    ]
    try inScratch { scratch in
      let faults = merging(["\(Self.root)/cfg_control", "\(Self.root)/\(input.file)"], in: scratch)
      guard input.isRefused, !merged.contains(input.file) else {
        #expect(faults.isEmpty, "\(faults)")
        return
      }
      #expect(!faults.isEmpty)
      for fault in faults {
        #expect(fault.kind == .badData || fault.kind == .missingInput, "\(fault)")
        #expect(fault.place?.contains(input.file) == true, "\(fault)")
      }
    }
  }

  @Test(arguments: cases("adapter directory"))
  func adapters(input: BadInput) throws {
    try inScratch { scratch in
      let faults = merging(["\(Self.root)/cfg_control+\(Self.root)/\(input.file)"], in: scratch)
      #expect(faults.isEmpty == !input.isRefused, "\(faults)")
      for fault in faults { #expect(fault.kind == .badData, "\(fault)") }
    }
  }

  @Test(arguments: cases("gguf").prefix(3))
  func ggufFiles(input: BadInput) throws {
    try inScratch { scratch in
      let faults = merging(["\(Self.root)/\(input.file)"], in: scratch)
      #expect(faults.count == 1 && faults[0].kind == .badData)
      #expect(faults.first?.hint?.contains("crucible model convert") == true)
    }
  }

  /// Faults of the linear merge of `models`; none when it was done. What is refused leaves nothing.
  private func merging(_ models: [String], in scratch: URL) -> [Problem] {
    let list = models.map { "  - {model: \"\($0)\"}\n" }.joined()
    let text = "merge_method: linear\nparameters: {weight: 1}\nmodels:\n\(list)"
    let registry = PluginRegistry(folders: [
      SearchFolder(path: productsFolder, holdsOtherLibraries: true)
    ])
    let before = try? FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
    do {
      let config = try MergeConfig(text: text, path: scratch.appendingPathComponent("m.yml").path)
      try Merge(config, methods: registry.mergeMethods)
        .run(to: scratch.appendingPathComponent("out").path)
      return []
    } catch {
      let after = try? FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
      #expect(before == after, "something is left behind")
      if let several = error as? Problems { return several.all }
      return [error as? Problem ?? Problem(.failed, "\(error)")]
    }
  }

  private func inScratch(_ body: (URL) throws -> Void) throws {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("bad-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    try body(scratch)
  }
}

/// A case of goldens/bad.
struct BadInput: Sendable, CustomTestStringConvertible {
  let file: String
  let isRefused: Bool

  var testDescription: String { file }
}
