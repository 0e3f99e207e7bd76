@testable import Kernels

/// Shapes that break loops and row-column mix-ups: empty, single, tall, wide, past tile sizes.
let matrixShapes = [
  [0, 0], [0, 3], [3, 0], [1, 1], [1, 5], [5, 1], [2, 2], [3, 7], [7, 3], [33, 33], [70, 31],
  [31, 70],
]

/// Normal draws, the same for equal arguments.
func normal(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> Matrix {
  .normal(rows, by: columns, CounterRNG(seed: seed))
}

/// A product of normal factors: of rank `rank`.
func deficient(_ rows: Int, _ columns: Int, rank: Int) -> Matrix {
  normal(rows, rank, seed: 3).times(normal(rank, columns, seed: 4))
}

/// ‖a − b‖ over the larger of ‖b‖ and 1.
func distance(_ a: Matrix, _ b: Matrix) -> Double {
  (a - b).frobeniusNorm / max(1, b.frobeniusNorm)
}

/// How far the columns are from orthonormal.
func defect(ofColumns matrix: Matrix) -> Double {
  distance(matrix.times(matrix, transposeSelf: true), Matrix(identity: matrix.columns))
}

/// Rounding of dot products over at most 70 values; observed below a tenth of it.
let rounding = 1e-13
