internal import CKernels

typealias FloatPointer = UnsafeMutablePointer<Float>

/// A matrix of f32 in a product.
typealias MatrixOperand = ProductOperand<Float>

/// One matrix of a product: address, elements from row to row, and whether it is transposed.
struct ProductOperand<Element> {
  var base: UnsafePointer<Element>
  var stride: Int
  var isTransposed = false

  init(_ base: UnsafePointer<Element>, stride: Int, transposed: Bool = false) {
    self.base = base
    self.stride = stride
    isTransposed = transposed
  }

  /// From row `row` of the operand as it enters the product.
  func dropping(rows row: Int) -> ProductOperand {
    var part = self
    part.base += isTransposed ? row : row * stride
    return part
  }

  /// From column `column` of the operand as it enters the product.
  func dropping(columns column: Int) -> ProductOperand {
    var part = self
    part.base += isTransposed ? column * stride : column
    return part
  }
}

/// C = a · b + beta · C with C (m, n) and k summed, on the calling thread.
func multiplySerially(
  m: Int, n: Int, k: Int, _ a: MatrixOperand, _ b: MatrixOperand, beta: Float = 0,
  into c: FloatPointer, stride: Int
) {
  ck_sgemm(
    a.isTransposed, b.isTransposed, m, n, k, 1, a.base, a.stride, b.base, b.stride, beta, c, stride)
}

/// C = a · b + beta · C with C (m, n) and k summed, split over the thread pool along the longer
/// side of C, so that the order of every sum is that of one thread.
func multiply(
  m: Int, n: Int, k: Int, _ a: MatrixOperand, _ b: MatrixOperand, beta: Float = 0,
  into c: FloatPointer, stride: Int
) {
  let pool = ThreadPool.shared
  if m * n * k < 1 << 17 {
    multiplySerially(m: m, n: n, k: k, a, b, beta: beta, into: c, stride: stride)
  } else if n >= m {
    pool.parallel(over: n, grain: 64) { part in
      multiplySerially(
        m: m, n: part.count, k: k, a, b.dropping(columns: part.lowerBound), beta: beta,
        into: c + part.lowerBound, stride: stride)
    }
  } else {
    pool.parallel(over: m, grain: 64) { part in
      multiplySerially(
        m: part.count, n: n, k: k, a.dropping(rows: part.lowerBound), b, beta: beta,
        into: c + part.lowerBound * stride, stride: stride)
    }
  }
}

/// op(a) · op(b) of f32 matrices: (m, k) by (k, n) gives (m, n), each stored transposed on request.
public func matmul(
  _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
) -> Tensor {
  precondition(a.shape.count == 2 && b.shape.count == 2, "matmul of \(a.shape) and \(b.shape)")
  let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
  let (inner, n) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
  precondition(k == inner, "matmul of \(a.shape) and \(b.shape): inner sizes \(k) and \(inner)")
  let result = Tensor(uninitialized: [m, n])
  multiply(
    m: m, n: n, k: k,
    MatrixOperand(a.floatPointer, stride: a.shape[1], transposed: transposeA),
    MatrixOperand(b.floatPointer, stride: b.shape[1], transposed: transposeB),
    into: result.floatPointer, stride: n)
  return result
}

/// What `bench` compares: OpenBLAS called directly with its own threads.
public enum BLAS {
  /// Name and configuration of the library, nil when it is not installed.
  public static var description: String? { ck_blas_description().map { String(cString: $0) } }

  /// a · b of f32 matrices by one call of the library on `threads` of its own threads.
  /// [one call at a time, nothing else computing]
  public static func matmul(_ a: Tensor, _ b: Tensor, threads: Int) -> Tensor {
    let result = Tensor(uninitialized: [a.rows, b.width])
    ck_blas_set_threads(Int32(threads))
    multiplySerially(
      m: a.rows, n: b.width, k: a.width, MatrixOperand(a.floatPointer, stride: a.width),
      MatrixOperand(b.floatPointer, stride: b.width), into: result.floatPointer, stride: b.width)
    ck_blas_set_threads(1)
    return result
  }
}
