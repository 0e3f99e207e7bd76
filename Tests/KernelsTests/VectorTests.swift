import Testing

@testable import Kernels

@Suite struct VectorTests {
  let arena = VectorArena()

  private func vector(_ values: [Float]) -> Vector {
    let vector = arena.vector(values.count)
    for (index, value) in values.enumerated() { vector[index] = value }
    return vector
  }

  @Test func arenasGiveMemoryApartAndTakeItBack() {
    let sizes = [1, 16, 17, 100_000, 300_000, 5]
    let vectors = sizes.map { arena.vector($0) }
    for (index, vector) in vectors.enumerated() { vector.fill(Float(index)) }
    for (index, vector) in vectors.enumerated() {
      #expect(vector.values == [Float](repeating: Float(index), count: sizes[index]))
    }
    arena.reset()
    #expect(arena.vector(1).base == vectors[0].base)
    #expect(arena.zeros(3).values == [0, 0, 0])
  }

  @Test func arithmeticIsInPlace() {
    let (x, a) = (vector([1, -2, 3, 0]), vector([4, 5, -6, 2]))
    x.add(a, times: 0.5)
    #expect(x.values == [3, 0.5, 0, 1])
    x.subtract(a)
    #expect(x.values == [-1, -4.5, 6, -1])
    x.multiply(a)
    #expect(x.values == [-4, -22.5, -36, -2])
    x.scale(2)
    #expect(x.values == [-8, -45, -72, -4])
    x.setMagnitudes(x)
    #expect(x.values == [8, 45, 72, 4])
    x.divide(by: a, atLeast: 2.5)
    #expect(x.values == [2, 9, 28.8, 1.6])
    x.divide(byNonzero: vector([0, 3, 2, -1]))
    #expect(x.values == [2, 3, 14.4, -1.6])
    x.addSquaredDifference(a, vector([3, 3, -6, 2]), times: 10)
    #expect(x.values == [12, 43, 14.4, -1.6])
    x.copy(a)
    #expect(x.values == [4, 5, -6, 2])
    x[1..<3].fill(0)
    #expect(x.values == [4, 0, 0, 2], "a part shares the values")
  }

  @Test func sumsAreThoseOfTheValues() {
    let (x, y) = (vector([1, -2, 3]), vector([4, 5, -6]))
    #expect(x.sum == 2 && x.sumOfSquares == 14 && x.sumOfMagnitudes == 6 && x.dot(y) == -24)
    var columns = [1.0, 1, 1]
    x.addProducts(with: y, to: &columns)
    #expect(columns == [5, -9, -17])
    #expect(x.isFinite && !vector([1, .nan]).isFinite)
  }

  @Test func stepsOfRules() {
    let x = vector([1, 2, 3])
    x.moveTowards(vector([1.25, 4, -3]), by: 0.5)
    #expect(x.values == [1.25, 2.5, 2.5])
    x.takeLarger(vector([-1.25, 2, -3]))
    #expect(x.values == [-1.25, 2.5, -3], "of equal magnitudes the later")
    x.take(vector([7, 8, 9]), where: vector([1, 2, 3]), isAtLeast: 2)
    #expect(x.values == [-1.25, 8, 9])
    let (sum, weights) = (vector([0, 0, 0]), vector([0, 0, 0]))
    sum.addAgreeing(x, weight: -2, direction: vector([0, -1, 1]), weights: weights)
    #expect(sum.values == [2.5, -16, 0] && weights.values == [-2, -2, 0])
    let counts = vector([0, 1, 1])
    counts.countMagnitudes(of: x, above: 1.25)
    #expect(counts.values == [0, 2, 2])
    sum.addShared(x, counts: vector([1, 2, 1]), above: 2, unique: 3)
    #expect(sum.values == [2.5, -12, 27])
  }

  @Test(arguments: [DType.f32, .bf16, .f16])
  func readsFromAndRoundsTo(dtype: DType) {
    let values = floats(1000)
    let tensor = Tensor(values, shape: [10, 100]).converted(to: dtype)
    let (read, rounded) = (arena.vector(901), vector(Array(values[99...])))
    tensor.read(from: 99, into: read)
    rounded.round(to: dtype)
    #expect(read.values == rounded.values)
  }

  @Test func readsDoubles() {
    let tensor = Tensor(zeros: [3], dtype: .f64)
    let read = vector([1, 1])
    tensor.read(from: 1, into: read)
    #expect(read.values == [0, 0])
  }
}

/// Random drops: draw `i` of a stream is element `i`'s, wherever blocks start.
@Suite struct KeepAtRandomTests {
  private let rng = CounterRNG(seed: 42, stream: 7)

  private func kept(
    _ count: Int, _ probability: Float, pieces: [Int] = [], rng: CounterRNG? = nil,
    isEach: Bool = false
  ) -> [Float] {
    let (arena, bounds) = (VectorArena(), [0] + pieces + [count])
    let (values, probabilities) = (arena.vector(count), arena.vector(count))
    values.fill(1)
    probabilities.fill(probability)
    for (start, end) in zip(bounds, bounds.dropFirst()) {
      let (piece, each) = (values[start..<end], probabilities[start..<end])
      if isEach {
        piece.keepAtRandom(probabilities: each, from: rng ?? self.rng, first: start)
      } else {
        piece.keepAtRandom(probability: probability, from: rng ?? self.rng, first: start)
      }
    }
    return values.values
  }

  @Test func drawsDoNotDependOnBlocks() {
    let whole = kept(1003, 0.4)
    #expect(kept(1003, 0.4, pieces: [1, 2, 3, 7, 64, 65, 500, 1002]) == whole)
    #expect(kept(1003, 0.4, pieces: [4, 128, 516], isEach: true) == whole)
  }

  @Test func drawsDependOnSeedAndStream() {
    let whole = kept(1003, 0.4)
    #expect(kept(1003, 0.4, rng: CounterRNG(seed: 43, stream: 7)) != whole)
    #expect(kept(1003, 0.4, rng: CounterRNG(seed: 42, stream: 8)) != whole)
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func keepsItsShare(density: Double) {
    let count = 100_000
    let share = kept(count, Float(density)).reduce(0, +) / Float(count)
    let bound = 5 * (density * (1 - density) / Double(count)).squareRoot()
    #expect(abs(Double(share) - density) < bound, "5 standard errors")
  }

  @Test func certaintiesAreCertain() {
    #expect(kept(5000, 1).allSatisfy { $0 == 1 })
    #expect(kept(5000, 0).allSatisfy { $0 == 0 })
    #expect(kept(5000, -1).allSatisfy { $0 == 0 })
  }
}
