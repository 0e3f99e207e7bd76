internal import CKernels

extension Matrix {
  /// Element by element, of one shape.
  public static func + (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b, times: 1) }

  /// Element by element, of one shape.
  public static func - (a: Matrix, b: Matrix) -> Matrix { a.combined(with: b, times: -1) }

  public static func * (factor: Double, a: Matrix) -> Matrix { a * factor }

  public static func * (a: Matrix, factor: Double) -> Matrix {
    a.eachRow { from, to, _ in
      for index in 0..<a.columns { to[index] = from[index] * factor }
    }
  }

  /// op(self) · op(other), each transposed on request: (m, k) by (k, n) gives (m, n). By OpenBLAS
  /// over the thread pool; cost 2·m·n·k.
  public func times(
    _ other: Matrix, transposeSelf: Bool = false, transposeOther: Bool = false
  ) -> Matrix {
    let (m, k) = transposeSelf ? (columns, rows) : (rows, columns)
    let (inner, n) =
      transposeOther ? (other.columns, other.rows) : (other.rows, other.columns)
    precondition(k == inner, "product of \(m)×\(k) and \(inner)×\(n)")
    let result = Matrix(uninitialized: m, by: n)
    multiply(
      m: m, n: n, k: k,
      ProductOperand(pointer, stride: max(1, columns), transposed: transposeSelf),
      ProductOperand(other.pointer, stride: max(1, other.columns), transposed: transposeOther),
      into: result.pointer, stride: max(1, n))
    return result
  }

  public var transposed: Matrix {
    let result = Matrix(uninitialized: columns, by: rows)
    let (from, to, tile) = (pointer, result.pointer, 32)
    ThreadPool.shared.parallel(over: rows, grain: tile) { part in
      for left in stride(from: 0, to: columns, by: tile) {
        for row in part {
          for column in left..<min(left + tile, columns) {
            to[column * rows + row] = from[row * columns + column]
          }
        }
      }
    }
    return result
  }

  /// Row i times factors[i].
  public func scalingRows(by factors: [Double]) -> Matrix {
    precondition(factors.count == rows, "\(factors.count) factors, \(rows) rows")
    return eachRow { from, to, row in
      for index in 0..<columns { to[index] = from[index] * factors[row] }
    }
  }

  /// Column j times factors[j].
  public func scalingColumns(by factors: [Double]) -> Matrix {
    precondition(factors.count == columns, "\(factors.count) factors, \(columns) columns")
    return eachRow { from, to, _ in
      for index in 0..<columns { to[index] = from[index] * factors[index] }
    }
  }

  /// √ of the sum of squares.
  public var frobeniusNorm: Double { squaredNorm.squareRoot() }

  /// The sum of squares.
  public var squaredNorm: Double {
    var sums = SIMD8<Double>()
    for start in stride(from: 0, to: count, by: 8) {
      for lane in 0..<min(8, count - start) {
        sums[lane] += pointer[start + lane] * pointer[start + lane]
      }
    }
    return sums.sum()
  }

  /// No value is infinite or NaN.
  public var isFinite: Bool { (0..<count).allSatisfy { pointer[$0].isFinite } }

  /// Rows `range`.
  public func slice(rows range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    let result = Matrix(uninitialized: range.count, by: columns)
    result.pointer.update(
      from: pointer + range.lowerBound * columns, count: range.count * columns)
    return result
  }

  /// Columns `range`.
  public func slice(columns range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    let result = Matrix(uninitialized: rows, by: range.count)
    for row in 0..<rows {
      (result.pointer + row * range.count).update(
        from: pointer + row * columns + range.lowerBound, count: range.count)
    }
    return result
  }

  /// Matrices of equal height side by side.
  public static func concatenated(columns parts: [Matrix]) -> Matrix {
    let rows = parts.first?.rows ?? 0
    precondition(parts.allSatisfy { $0.rows == rows }, "heights \(parts.map(\.rows))")
    let width = parts.reduce(0) { $0 + $1.columns }
    let result = Matrix(uninitialized: rows, by: width)
    var left = 0
    for part in parts {
      for row in 0..<rows {
        (result.pointer + row * width + left).update(
          from: part.pointer + row * part.columns, count: part.columns)
      }
      left += part.columns
    }
    return result
  }

  /// Matrices of equal width below each other.
  public static func concatenated(rows parts: [Matrix]) -> Matrix {
    let width = parts.first?.columns ?? 0
    precondition(parts.allSatisfy { $0.columns == width }, "widths \(parts.map(\.columns))")
    let result = Matrix(uninitialized: parts.reduce(0) { $0 + $1.rows }, by: width)
    var top = 0
    for part in parts {
      (result.pointer + top * width).update(from: part.pointer, count: part.count)
      top += part.rows
    }
    return result
  }

  private func combined(with other: Matrix, times factor: Double) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows)×\(columns) and \(other.rows)×\(other.columns)")
    return eachRow { from, to, row in
      let second = other.pointer + row * columns
      for index in 0..<columns { to[index] = from[index] + factor * second[index] }
    }
  }

  /// A matrix of the same shape whose rows `body` writes from ours, on the thread pool.
  private func eachRow(
    _ body: (UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int) -> Void
  ) -> Matrix {
    let result = Matrix(uninitialized: rows, by: columns)
    let (from, to) = (pointer, result.pointer)
    ThreadPool.shared.parallel(over: rows, grain: max(1, elementGrain / max(1, columns))) {
      for row in $0 { body(from + row * columns, to + row * columns, row) }
    }
    return result
  }
}

/// C = a · b of f64 with C (m, n) and k summed, split over the thread pool along the longer side
/// of C, as for f32.
func multiply(
  m: Int, n: Int, k: Int, _ a: ProductOperand<Double>, _ b: ProductOperand<Double>,
  into c: UnsafeMutablePointer<Double>, stride: Int
) {
  let part = { (rows: Range<Int>, columns: Range<Int>) in
    let (a, b) = (a.dropping(rows: rows.lowerBound), b.dropping(columns: columns.lowerBound))
    ck_dgemm(
      a.isTransposed, b.isTransposed, rows.count, columns.count, k, a.base, a.stride, b.base,
      b.stride, 0, c + rows.lowerBound * stride + columns.lowerBound, stride)
  }
  if m * n * k < 1 << 16 {
    part(0..<m, 0..<n)
  } else if n >= m {
    ThreadPool.shared.parallel(over: n, grain: 32) { part(0..<m, $0) }
  } else {
    ThreadPool.shared.parallel(over: m, grain: 32) { part($0, 0..<n) }
  }
}
