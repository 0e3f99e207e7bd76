public import Kernels

/// `tensor` as something that models compute with: float types and blocks as they are, f64 rounded
/// to f32.
///
/// - Throws: `Problem` (65) for whole numbers and booleans, which no weight is.
public func asWeight(
  _ tensor: Tensor, named name: String, in place: String
) throws(Problem) -> Tensor {
  guard tensor.dtype.isFloatingPoint else {
    throw Problem(
      .badData, at: place, "weight \(quoted(name)) holds \(tensor.dtype) numbers",
      expected: "floating point",
      hint: "checkpoints of other quantisers (GPTQ, AWQ, bitsandbytes) must be dequantised first")
  }
  guard tensor.dtype == .f64 else { return tensor }
  let values = tensor.withBytes { bytes in
    (0..<tensor.count).map { index in
      Float(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
    }
  }
  return Tensor(values, shape: tensor.shape)
}
