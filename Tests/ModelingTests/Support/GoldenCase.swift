import Formats
import Foundation
import Kernels
import TestSupport

@testable import Modeling

/// One case of goldens/models: the reference's inputs, outputs and tolerances.
struct GoldenCase {
  let directory: String
  let tensors: SafetensorsFile
  let info: JSON

  init(_ name: String) throws {
    try self.init(directory: shared("goldens/models/\(name)")?.path ?? "")
  }

  init(directory: String) throws {
    self.directory = directory
    tensors = try SafetensorsFile(path: directory + "/golden.safetensors")
    info = try JSON.parse(file: directory + "/golden.json")
  }

  func open(config: String = "config.json") throws -> DecoderModel {
    try DecoderModel.open(directory: directory, options: OpenOptions(), configName: config)
  }

  func tolerance(_ key: String) -> Float { Float(info["tolerance"]?[key]?.double ?? 0) }

  func has(_ name: String) -> Bool { tensors.entry(name) != nil }

  func floats(_ name: String) throws -> [Float] { try tensors.tensor(name).floats() }

  func ints(_ name: String) throws -> [Int] { try integers(tensors.tensor(name)) }

  /// Runs with logits, in the order of the README.
  var runs: [String] {
    ["short", "long", "padded", "leftpad", "single"].filter { has("\($0).input_ids") }
  }

  /// The tokens of a run without its padding.
  func batch(_ run: String) throws -> Batch {
    let shape = try tensors.tensor("\(run).input_ids").shape
    let ids = try ints("\(run).input_ids")
    let mask = has("\(run).attention_mask") ? try ints("\(run).attention_mask") : ids.map { _ in 1 }
    return Batch(rows: shape[0], width: shape[1], ids: ids, mask: mask)
  }
}

/// [B, T] input and its packed form.
struct Batch {
  let rows: Int
  let width: Int
  let ids: [Int]
  let mask: [Int]

  /// Places in [B, T] that are no padding, row by row.
  var places: [Int] { ids.indices.filter { mask[$0] == 1 } }
  var packed: [Int32] { places.map { Int32(ids[$0]) } }
  var layout: SequenceLayout {
    SequenceLayout(
      lengths: (0..<rows).map { row in
        mask[row * width..<(row + 1) * width].reduce(0, +)
      })
  }

  func packed(labels: [Int]) -> [Int32] { places.map { Int32(labels[$0]) } }
}

func integers(_ tensor: Tensor) -> [Int] {
  tensor.withBytes { bytes in
    tensor.dtype == .i64
      ? bytes.bindMemory(to: Int64.self).map { Int($0) }
      : bytes.bindMemory(to: Int32.self).map { Int($0) }
  }
}

/// The largest absolute difference; infinite when one is NaN or the counts differ.
func largestDifference(_ one: [Float], _ other: [Float]) -> Float {
  guard one.count == other.count else { return .infinity }
  var largest: Float = 0
  for (a, b) in zip(one, other) {
    let difference = abs(a - b)
    if difference.isNaN { return .infinity }
    largest = max(largest, difference)
  }
  return largest
}

/// Rows `rows` of a [N, width] array.
func rows(_ values: [Float], _ rows: [Int], width: Int) -> [Float] {
  rows.flatMap { values[$0 * width..<($0 + 1) * width] }
}

let goldenModels = [
  "gemma2", "gemma3_text", "gpt2", "gpt_neox", "granite", "llama_bf16", "llama_f16", "llama_gqa",
  "llama_rope_dynamic", "llama_rope_linear", "llama_rope_llama3", "llama_rope_yarn",
  "llama_tied", "mistral_window", "olmo2", "phi3_longrope", "qwen2", "qwen2_window", "qwen3",
  "smollm3", "starcoder2",
]
let goldenClassifiers = ["gemma2_reward", "llama_reward"]
let goldensExist = shared("goldens/models") != nil
