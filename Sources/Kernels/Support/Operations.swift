internal import CKernels

/// The variant of the C kernels that this processor runs best, chosen once.
let operations = ck_operations_best().pointee

extension DType {
  /// The C name of a type that weights may have, nil for integers and f64.
  var kernelType: ck_type? {
    switch self {
    case .f32: ck_f32
    case .bf16: ck_bf16
    case .f16: ck_f16
    case .q4_0: ck_q4_0
    case .q4_1: ck_q4_1
    case .q5_0: ck_q5_0
    case .q5_1: ck_q5_1
    case .q8_0: ck_q8_0
    case .q4_K: ck_q4_k
    case .q5_K: ck_q5_k
    case .q6_K: ck_q6_k
    default: nil
    }
  }
}

extension Tensor {
  /// `kernelType` of a tensor that must be a weight.
  var weightType: ck_type {
    guard let type = dtype.kernelType else {
      preconditionFailure("a weight cannot be \(dtype)")
    }
    return type
  }
}

/// `count` uninitialised floats, valid inside `body`, 64-byte aligned.
func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> R) rethrows -> R {
  let storage = Storage(uninitializedByteCount: 4 * count)
  return try withExtendedLifetime(storage) {
    try body(storage.base.assumingMemoryBound(to: Float.self))
  }
}
