/// gram += xᵀ · x, on the thread pool; the sums' order does not depend on the number of threads.
///
/// - Parameters:
///   - x: [N, width] f32.
///   - gram: [width, width] f32 that owns its bytes.
package func addGram(of x: Tensor, to gram: Tensor) {
  let width = x.width
  precondition(gram.shape == [width, width], "products of \(x.shape) into \(gram.shape)")
  precondition(gram.storage.isWritable, "products into read-only bytes")
  let values = x.floatPointer
  multiply(
    m: width, n: width, k: x.rows, MatrixOperand(values, stride: width, transposed: true),
    MatrixOperand(values, stride: width), beta: 1, into: gram.floatPointer, stride: width)
}
