import Foundation
import PluginAPI
import TestSupport
import Testing

/// The rule that docs/merge-plugin.md shows.
@Suite struct MajorityMeanTests {
  private let base = Tensor([1, 1, 1, 1] as [Float], shape: [2, 2])
  private let models: [[Float]] = [[2, 2, 1, 0], [4, 0, 1, 2], [3, -2, 2, 1]]

  private func merged(_ options: MajorityMean.Options) throws -> [Float] {
    try TestSupport.merged(
      MajorityMean(options), base: base,
      inputs: models.map { (Tensor($0, shape: [2, 2]), MajorityMean.Input()) })
  }

  @Test func elementsMoveWhereTheMajorityAgrees() throws {
    // Changes: 1 3 2 | 1 −1 −3 | 0 0 1 | −1 1 0. Three agree, two, one, one.
    #expect(try merged(MajorityMean.Options()) == [3, -1, 1, 1])
  }

  @Test func lengthIsTheMeanOfTheModels() throws {
    var options = MajorityMean.Options()
    options.keepLength = true
    let changes = try merged(options).map { Double($0) - 1 }
    let length = changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let wanted = (3.0.squareRoot() + 11.0.squareRoot() + 14.0.squareRoot()) / 3
    #expect(abs(length - wanted) < 1e-6)
  }

  @Test func theDocumentShowsThisFile() throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let code = try String(contentsOf: here.appending(path: "MajorityMean.swift"), encoding: .utf8)
    let page = try String(
      contentsOf: here.appending(path: "../../../docs/merge-plugin.md"), encoding: .utf8)
    #expect(page.contains(code))
  }
}
