import Foundation
import Merging
import TestSupport
import Testing

@testable import Host

/// mergekit's outputs on tiny checkpoints, through the whole of `crucible merge`.
@Suite(.enabled(if: shared("goldens/merge/manifest.json") != nil, "no goldens beside the checkout"))
struct GoldenMergeTests {
  @Test(arguments: GoldenMerge.named(["merge"]))
  func matchesMergekit(golden: GoldenMerge) throws {
    let merged = try golden.merge()
    let expected = try ShardedTensors(directory: golden.expectedFolder)
    #expect(Set(merged.tensors.names) == Set(expected.names))
    var flips: [String: Int] = [:]
    for name in expected.names {
      let (got, wanted) = (try merged.tensors.tensor(name), try expected.tensor(name))
      #expect(got.shape == wanted.shape && got.dtype == wanted.dtype, "\(name)")
      let (a, b) = (values(got), values(wanted))
      if golden.rule == "mask" {
        flips[name] = zip(a, b).count { abs($0 - $1) > 1e-6 }
      } else {
        golden.expectClose(a, b, name)
      }
    }
    if golden.rule == "mask" { golden.expectFew(flips) }
    try golden.expectConfig(merged.folder)
  }

  /// Rows are compared token by token, since ids of added tokens may be numbered otherwise.
  @Test(arguments: GoldenMerge.named(["tokenizer"]))
  func alignsVocabularies(golden: GoldenMerge) throws {
    let merged = try golden.merge()
    let expected = try ShardedTensors(directory: golden.expectedFolder)
    let (own, theirs) = (
      try Tokenizer.load(directory: merged.folder),
      try Tokenizer.load(directory: golden.expectedFolder)
    )
    #expect(Set(merged.tensors.names) == Set(expected.names))
    for name in expected.names {
      let (got, wanted) = (try merged.tensors.tensor(name), try expected.tensor(name))
      #expect(got.shape == wanted.shape && got.dtype == wanted.dtype, "\(name)")
      guard ["model.embed_tokens.weight", "lm_head.weight"].contains(name) else {
        golden.expectClose(values(got), values(wanted), name)
        continue
      }
      let (a, b, width) = (values(got), values(wanted), got.width)
      for id in 0..<wanted.rows {
        let token = theirs.token(Int32(id))
        let mine = token.map { own.id(of: $0).map(Int.init) } ?? id
        guard let mine else {
          Issue.record("\(name): no token \(token ?? "")")
          continue
        }
        golden.expectClose(
          Array(a[mine * width..<(mine + 1) * width]), Array(b[id * width..<(id + 1) * width]),
          name)
      }
    }
    #expect(own.chatTemplateSource == theirs.chatTemplateSource)
    try golden.expectConfig(merged.folder)
  }

  @Test(arguments: GoldenMerge.named(["multi"]))
  func readsResultsOfOtherDocuments(golden: GoldenMerge) throws {
    try matchesMergekit(golden: golden)
    // The folder goes with the object.
    let beside = try withExtendedLifetime(golden.merge()) { merged in
      try FileManager.default.contentsOfDirectory(
        atPath: (merged.folder as NSString).deletingLastPathComponent)
    }
    #expect(!beside.contains { $0.contains(".merging") }, "stages are removed")
  }

  /// Shards close before the tensor that would pass the limit.
  @Test(arguments: GoldenMerge.named(["merge"]).filter { $0.name == "sharded_output" })
  func writesShards(golden: GoldenMerge) throws {
    var settings = Merge.Settings()
    settings.shardBytes = 60_000
    let merged = try golden.merge(settings)
    #expect(merged.tensors.files.count > 1)
    for file in merged.tensors.files {
      let bytes = file.entries.reduce(0) { $0 + $1.range.count }
      #expect(bytes <= 60_000 || file.entries.count == 1)
    }
    let expected = try ShardedTensors(directory: golden.expectedFolder)
    #expect(Set(merged.tensors.names) == Set(expected.names))
  }

  private func values(_ tensor: Tensor) -> [Float] { dequantised(tensor).floats() }
}

/// A case of goldens/merge.
struct GoldenMerge: Sendable, CustomTestStringConvertible {
  let name: String
  let kind: String
  let rule: String
  let rtol: Double
  let atol: [String: Double]
  let commonAtol: Double
  let allowedFlips: Int

  var testDescription: String { name }

  static func named(_ kinds: [String]) -> [GoldenMerge] {
    guard let url = shared("goldens/merge/manifest.json"),
      let cases = try? JSON.parse(file: url.path).array
    else { return [] }
    return cases.compactMap { GoldenMerge($0) }.filter { kinds.contains($0.kind) }
  }

  private init?(_ json: JSON) {
    guard let name = json["name"]?.string, let kind = json["kind"]?.string else { return nil }
    self.name = name
    self.kind = kind
    let tolerance = json["tolerance"]
    rule = tolerance?["rule"]?.string ?? ""
    rtol = tolerance?["rtol"]?.double ?? 0
    commonAtol = tolerance?["atol"]?.double ?? 0
    allowedFlips = tolerance?["allowed_flips_per_tensor"]?.int ?? 0
    var atol: [String: Double] = [:]
    for (key, value) in tolerance?["atol"]?.object?.entries ?? [] { atol[key] = value.double }
    self.atol = atol
  }

  private var root: String { shared("goldens/merge")?.path ?? "" }
  private var folder: String { "\(root)/cases/\(name)" }
  var expectedFolder: String { "\(folder)/expected" }

  /// Merges into a fresh folder, which goes with the result.
  func merge(_ settings: Merge.Settings = .init()) throws -> MergedFolder {
    let text = try String(contentsOfFile: "\(folder)/config.yml", encoding: .utf8)
    // Models are named from the folder of the goldens.
    let config = try MergeConfig(text: text, path: "\(root)/config.yml")
    return try MergedFolder(config, settings)
  }

  func expectClose(_ got: [Float], _ wanted: [Float], _ tensor: String) {
    let floor = atol[tensor] ?? commonAtol
    for (index, (a, b)) in zip(got, wanted).enumerated() {
      let distance = abs(Double(a) - Double(b))
      guard distance <= rtol * abs(Double(b)) + floor else {
        Issue.record("\(tensor)[\(index)]: \(a), expected \(b), \(distance) apart")
        return
      }
    }
  }

  func expectFew(_ flips: [String: Int]) {
    for (tensor, count) in flips.sorted(by: { $0.key < $1.key }) {
      #expect(count <= allowedFlips, "\(tensor)")
    }
  }

  /// Number of layers, vocabulary and type.
  func expectConfig(_ folder: String) throws {
    let own = try JSON.parse(file: "\(folder)/config.json")
    let theirs = try JSON.parse(file: "\(expectedFolder)/config.json")
    for key in ["num_hidden_layers", "vocab_size"] { #expect(own[key] == theirs[key], "\(key)") }
    let dtype = { (json: JSON) in json["dtype"] ?? json["torch_dtype"] }
    #expect(dtype(own) == dtype(theirs))
  }
}

/// The output of a merge in a temporary folder.
final class MergedFolder {
  let folder: String
  let tensors: ShardedTensors
  private let parent: String

  init(_ config: MergeConfig, _ settings: Merge.Settings = .init()) throws {
    let parent = FileManager.default.temporaryDirectory
      .appendingPathComponent("merge-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    self.parent = parent
    folder = "\(parent)/out"
    let registry = PluginRegistry(folders: [
      SearchFolder(path: productsFolder, holdsOtherLibraries: true)
    ])
    try Merge(config, methods: registry.mergeMethods).run(to: folder, settings: settings)
    tensors = try ShardedTensors(directory: folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: parent) }
}
