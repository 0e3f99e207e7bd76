import PluginAPI
import Testing

@testable import FuseChat

/// The vectors V8 and V9, which the papers' formulas and the released code give.
@Suite struct MergingTests {
  private let pivot: [Float] = [1, -1, 0.5, 0.25, 2, 0]
  private let deltas: [[Float]] = [
    [0.5, -0.25, 0.125, 0, 0.25, -0.5], [-0.25, -0.5, 0.25, 0.25, 0.25, 0.75],
    [0.25, 1, -0.125, -0.75, 0.25, 0.25],
  ]

  private func vectors() -> TaskVectors {
    TaskVectors(pivot: pivot, models: deltas.map { zip($0, pivot).map { $0 + $1 } })
  }

  private func expect(
    _ found: [Float], _ wanted: [Float], at location: SourceLocation = #_sourceLocation
  ) {
    for (found, wanted) in zip(found, wanted) {
      #expect(abs(found - wanted) < 5e-7, "\(found) for \(wanted)", sourceLocation: location)
    }
  }

  @Test func varmWeighsBySquaredDistanceFromThePivot() {
    let vectors = TaskVectors(pivot: [1, 1, 1], models: [[1.3, 1, 0.8], [1.1, 1.2, 1]])
    expect(VaRM().merged(vectors), [1.244_444_4, 1.055_555_6, 0.855_555_6])
  }

  @Test func varmIsTheMeanWhereOneModelStoodStill() {
    let vectors = TaskVectors(pivot: [1, 1], models: [[1, 1], [3, 1]])
    expect(VaRM().merged(vectors), [2, 1])
  }

  @Test(arguments: [MergeMode.paper, .released])
  func sceWithoutSelectionIsTheSameInBothModes(mode: MergeMode) {
    expect(
      SCE(tau: 1, mode: mode).merged(vectors()),
      [1.316_558_4, 0, 0.702_981_65, -0.5, 2.25, 0.437_845_3])
  }

  @Test func scePaperMovesSelectedElementsOnly() {
    expect(
      SCE(tau: 0.5, mode: .paper).merged(vectors()), [1, 0, 0.5, 0.25, 2, 0.466_666_67])
  }

  @Test func sceReleasedMovesAllElements() {
    expect(
      SCE(tau: 0.5, mode: .released).merged(vectors()),
      [1.306_818_2, 0, 0.715_277_8, -0.5, 2.25, 0.466_666_67])
  }

  @Test func cancellingSignsCountAsPositive() {
    let vectors = TaskVectors(pivot: [0, 0, 0], models: [[1, 0, -1], [-1, 0, -1]])
    expect(SCE(tau: 1, mode: .paper).merged(vectors), [1, 0, -1])
  }

  @Test func equalModelsLeaveThePivotInThePaperAndMoveItInTheReleasedCode() {
    let vectors = TaskVectors(pivot: [0, 0], models: [[1, 2], [1, 2]])
    expect(SCE(tau: 0.5, mode: .paper).merged(vectors), [0, 0])
    expect(SCE(tau: 0.5, mode: .released).merged(vectors), [1, 2])
  }
}
