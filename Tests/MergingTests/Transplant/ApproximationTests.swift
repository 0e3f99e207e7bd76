import PluginAPI
import Testing

@testable import Merging

/// Donor rows whose images in the model are known: the model's rows are the donor's times a matrix,
/// so every method that is linear in the rows must find the image of what it represents exactly.
struct ApproximationTests {
  private let random = CounterRNG(seed: 3)
  private let width = 8
  private let shared = 20

  private func draws(_ rows: Int, _ width: Int, stream: UInt64) -> [[Float]] {
    let own = random.substream(stream)
    return (0..<rows).map { row in
      (0..<width).map { Float(own.normal(UInt64(row * width + $0))) }
    }
  }

  /// The donor's rows: 20 shared, then `extra`. The model's: images of the 20.
  private func task(_ extra: [[Float]]) -> (TransplantTask, image: ([Float]) -> [Float]) {
    let map = Tensor(draws(width, 5, stream: 2).flatMap(\.self), shape: [width, 5])
    let atoms = draws(shared, width, stream: 1)
    let donor = Tensor((atoms + extra).flatMap(\.self), shape: [shared + extra.count, width])
    let task = TransplantTask(
      model: matmul(donor.rows(0..<shared), map), donor: donor,
      shared: (0..<shared).map { SharedToken(donor: $0, model: $0) },
      targets: extra.indices.map { shared + $0 }, isHead: false)
    return (task, { matmul(Tensor($0, shape: [1, $0.count]), map).floats() })
  }

  private func expectClose(
    _ found: [Float], _ wanted: [Float], _ tolerance: Float,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let scale = wanted.map(abs).max() ?? 0
    for (a, b) in zip(found, wanted) {
      #expect(abs(a - b) <= tolerance * max(scale, 1), sourceLocation: location)
    }
  }

  @Test func pursuitFindsSparseCombinations() throws {
    let atoms = draws(shared, width, stream: 1)
    let mixed = zip(atoms[4], atoms[11]).map { 3 * $0 - 2 * $1 }
    let (task, image) = task([mixed, atoms[7], [Float](repeating: 0, count: width)])
    let rows = MatchingPursuit(task, k: 8).rows(0..<3)
    #expect(rows.shape == [3, 5])
    expectClose(rows.rows(0..<1).floats(), image(mixed), 1e-5)
    expectClose(rows.rows(1..<2).floats(), task.modelRow(7), 1e-5)
    #expect(rows.rows(2..<3).floats() == [Float](repeating: 0, count: 5))
  }

  @Test func oneStepTakesTheLargestProduct() throws {
    let target = draws(1, width, stream: 9)[0]
    let (task, _) = task([target])
    let atoms = draws(shared, width, stream: 1)
    let best = try #require(
      atoms.indices.max { abs(dot(atoms[$0], target)) < abs(dot(atoms[$1], target)) })
    let weight = dot(atoms[best], target) / dot(atoms[best], atoms[best])
    expectClose(
      MatchingPursuit(task, k: 1).rows(0..<1).floats(),
      task.modelRow(best).map { Float(weight) * $0 }, 1e-6)
  }

  @Test(arguments: [NeighbourWeights.barycentric, .leastSquares], RowDistance.allCases)
  func fullRankFitsReproduceTheTarget(weights: NeighbourWeights, distance: RowDistance) {
    // With more rows than columns every target is an exact combination.
    let target = draws(1, width, stream: 5)[0]
    let (task, image) = task([target])
    let rows = NearestRows(task, k: shared, distance: distance, weighting: weights)
    expectClose(rows.rows(0..<1).floats(), image(target), 1e-4)
  }

  @Test func nearestTakesAnEqualRow() {
    let (task, _) = task([draws(shared, width, stream: 1)[6]])
    for distance in RowDistance.allCases {
      let rows = NearestRows(task, k: 1, distance: distance, weighting: .distanceProportional)
      #expect(rows.rows(0..<1).floats() == task.modelRow(6))
    }
  }

  @Test func weightsFallWithTheDistance() {
    let donor = Tensor([0, 0, 1, 0, 3, 0, 0, 0] as [Float], shape: [4, 2])
    let task = TransplantTask(
      model: Tensor([0, 8, 16] as [Float], shape: [3, 1]), donor: donor.rows(0..<4),
      shared: [.init(donor: 1, model: 1), .init(donor: 2, model: 2)], targets: [3], isHead: false)
    let rows = NearestRows(
      task, k: 2, distance: .euclidean, weighting: .distanceProportional)
    // Distances 1 and 3: weights 3/4 and 1/4.
    #expect(rows.rows(0..<1).floats() == [10])
  }

  @Test func smallestKeepsOrderAndTies() {
    let values = [3.0, 1, .nan, 2, 1, 0]
    #expect(smallest(3, of: 6) { values[$0] } == [5, 1, 4])
    #expect(smallest(9, of: 6) { values[$0] } == [5, 1, 4, 3, 0])
    #expect(smallest(2, of: 0) { values[$0] } == [])
  }

  @Test func plainRows() throws {
    let (task, _) = task(draws(3, width, stream: 4))
    let mean = (0..<5).map { column in
      (0..<shared).reduce(0) { $0 + task.modelRow($1)[column] } / Float(shared)
    }
    expectClose(MeanRow(task).rows(1..<3).rows(1..<2).floats(), mean, 1e-6)
    #expect(ZeroRow(width: 5).rows(0..<2).floats() == [Float](repeating: 0, count: 10))
    let normal = NormalRows(task: task, random: random)
    #expect(normal.rows(1..<2).floats() == normal.rows(0..<2).rows(1..<2).floats())
    #expect(normal.rows(0..<1).floats() != normal.rows(1..<2).floats())
  }

  @Test func covarianceRowsHaveMeanAndCovariance() {
    let model = Tensor([0, 0, 2, 2, 4, 0, 6, 2] as [Float], shape: [4, 2])
    let count = 20000
    let task = TransplantTask(
      model: model, donor: Tensor(zeros: [count, 1]), shared: [], targets: Array(0..<count),
      isHead: false)
    let rows = CovarianceRows(task, random: random).rows(0..<count).floats()
    // Of the four rows: mean (3, 1), covariance ((5, 1), (1, 1)).
    var (x, y, xx, xy, yy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for row in 0..<count {
      let (a, b) = (Double(rows[2 * row]) - 3, Double(rows[2 * row + 1]) - 1)
      x += a
      y += b
      xx += a * a
      xy += a * b
      yy += b * b
    }
    let n = Double(count)
    // Five standard errors of 20,000 draws.
    #expect(abs(x / n) < 0.08 && abs(y / n) < 0.04)
    #expect(abs(xx / n - 5) < 0.25 && abs(xy / n - 1) < 0.09 && abs(yy / n - 1) < 0.05)
  }
}
