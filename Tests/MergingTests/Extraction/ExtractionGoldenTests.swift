import Foundation
import Merging
import TestSupport
import Testing

/// Adapters that mergekit extracted from the same checkpoints.
@Suite(.enabled(if: shared("goldens/merge/cases/extract_lora_r8") != nil))
struct ExtractionGoldenTests {
  @Test func rankEightWithWholeModules() throws {
    var settings = ExtractionSettings()
    settings.maxRank = 8
    try compare("extract_lora_r8", model: "ft_a", base: "base", settings)
  }

  @Test func ranksByTheFloorOfSingularValues() throws {
    var settings = ExtractionSettings()
    settings.maxRank = 16
    settings.singularValueFloor = 0.05
    settings.exclude = ["lm_head|embed_tokens|norm"]
    try compare("extract_lora_eps", model: "tok_s", base: "tok_base", settings)
  }

  private func compare(
    _ name: String, model: String, base: String, _ settings: ExtractionSettings
  ) throws {
    let scratch = try ScratchFolder()
    let goldens = try #require(shared("goldens/merge"))
    let extraction = try AdapterExtraction(
      model: goldens.appendingPathComponent("inputs/\(model)").path,
      base: goldens.appendingPathComponent("inputs/\(base)").path, settings: settings)
    _ = try extraction.run(into: scratch.path("out"))
    let ours = try checkAdapter(scratch.path("out"))
    let theirs = try AdapterDirectory(
      path: goldens.appendingPathComponent("cases/\(name)/expected").path)
    try compare(ours, theirs)
  }

  private func compare(_ ours: AdapterDirectory, _ theirs: AdapterDirectory) throws {
    #expect(Set(ours.pairs.map(\.module)) == Set(theirs.pairs.map(\.module)))
    #expect(ours.config.rank == theirs.config.rank)
    let expected = try products(of: theirs)
    for (module, product) in try products(of: ours) {
      #expect(ours.config.rank(of: module) == theirs.config.rank(of: module), "\(module)")
      let other = try #require(expected[module])
      // Both store the factors in f32.
      #expect((product - other).frobeniusNorm <= 1e-5 * other.frobeniusNorm, "\(module)")
    }
    let whole = Dictionary(uniqueKeysWithValues: ours.replacements.map { ($0.name, $0.stored) })
    #expect(Set(whole.keys) == Set(theirs.replacements.map(\.name)))
    for (name, stored) in theirs.replacements {
      let (one, other) = (
        try ours.tensor(try #require(whole[name])), try theirs.tensor(stored)
      )
      #expect(one.dtype == other.dtype && one.shape == other.shape, "\(name)")
      #expect(one.withBytes { Array($0) } == other.withBytes { Array($0) }, "\(name)")
    }
  }
}
