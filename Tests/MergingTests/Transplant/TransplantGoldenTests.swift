import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Merging

/// Against mergekit's own output.
@Suite(.enabled(if: shared("goldens/merge/cases/transplant_omp") != nil))
struct TransplantGoldenTests {
  @Test(arguments: [
    "transplant_omp", "transplant_common_interpolation", "transplant_subword",
  ])
  func matchesMergekit(name: String) throws {
    let golden = try #require(shared("goldens/merge"))
    let folder = try TransplantFolder()
    let out = folder.path + "/out"
    var options = TransplantOptions()
    let words = try command(golden.appendingPathComponent("cases/\(name)/case.json").path)
    options.method = try #require(TransplantMethod(rawValue: words[4]))
    if words.count > 6 { options.neighbours = try #require(Int(words[6])) }
    let report = try transplantTokenizer(
      model: golden.appendingPathComponent(words[1]).path,
      donor: golden.appendingPathComponent(words[2]).path, to: out, options: options)
    #expect(report.rows == 258 && report.matrices.map(\.approximated) == [2, 2])
    #expect(report.matrices.map(\.shared) == [256, 256])
    try compare(out, with: golden.appendingPathComponent("cases/\(name)/expected").path)
  }

  private func command(_ path: String) throws -> [String] {
    try #require(JSON.parse(file: path)["command"]?.array).compactMap(\.string)
  }

  /// Ids of the donor index both; approximated rows are the last two.
  private func compare(_ found: String, with expected: String) throws {
    let ours = try ShardedTensors(directory: found)
    let theirs = try ShardedTensors(directory: expected)
    #expect(Set(ours.names) == Set(theirs.names))
    for name in theirs.names {
      let (a, b) = (try ours.tensor(name), try theirs.tensor(name))
      #expect(a.shape == b.shape && a.dtype == b.dtype, "\(name)")
      guard a.shape == b.shape else { continue }
      let approximated = a.shape.first == 258 ? 256..<258 : 0..<0
      let copied = 0..<(approximated.isEmpty ? a.shape[0] : 256)
      #expect(bytes(a.rows(copied)) == bytes(b.rows(copied)), "\(name)")
      for row in approximated {
        let (x, y) = (a.rows(row..<row + 1).floats(), b.rows(row..<row + 1).floats())
        let distance = zip(x, y).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let norm = y.reduce(0) { $0 + Double($1 * $1) }
        #expect(distance.squareRoot() <= 1e-5 * norm.squareRoot(), "\(name) row \(row)")
      }
    }
    let (config, wanted) = (
      try JSON.parse(file: found + "/config.json"), try JSON.parse(file: expected + "/config.json")
    )
    for key in ["vocab_size", "bos_token_id", "eos_token_id", "pad_token_id"] {
      #expect(config[key] == wanted[key], "\(key)")
    }
    let tokens = try Tokenizer.load(directory: found)
    #expect(tokens.id(of: "<|y|>") == 257)
  }

  private func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }
}
