internal import CKernels

/// Something whose elements can be read as f32, a run at a time: a mapped tensor, or one that is
/// put together while it is read.
public protocol VectorSource: Sendable {
  var shape: [Int] { get }
  /// How the elements are stored.
  var dtype: DType { get }
  /// Fills `vector` with the elements from flat index `start` on. [any thread, concurrently]
  func read(from start: Int, into vector: Vector)
}

extension Tensor: VectorSource {
  /// From f64, f32, bf16 and f16.
  public func read(from start: Int, into vector: Vector) {
    precondition(
      start >= 0 && start + vector.count <= count, "\(start) + \(vector.count) of \(count)")
    withExtendedLifetime(storage) {
      switch dtype {
      case .f32:
        let from = rawPointer.assumingMemoryBound(to: Float.self) + start
        vector.base.update(from: from, count: vector.count)
      case .bf16:
        let from = rawPointer.assumingMemoryBound(to: UInt16.self) + start
        operations.from_bf16(vector.base, from, vector.count)
      case .f16:
        let from = rawPointer.assumingMemoryBound(to: UInt16.self) + start
        operations.from_f16(vector.base, from, vector.count)
      case .f64:
        let from = rawPointer.assumingMemoryBound(to: Double.self) + start
        for index in 0..<vector.count { vector.base[index] = Float(from[index]) }
      default: preconditionFailure("no elements of \(dtype)")
      }
    }
  }
}

extension Vector {
  /// Rounds every value to what `dtype` (f32, bf16, f16) can hold.
  public func round(to dtype: DType) {
    guard dtype == .bf16 || dtype == .f16 else { return }
    let (encode, decode) =
      dtype == .bf16
      ? (operations.to_bf16, operations.from_bf16) : (operations.to_f16, operations.from_f16)
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 1024) { half in
      guard let half = half.baseAddress else { return }
      for start in stride(from: 0, to: count, by: 1024) {
        let piece = min(1024, count - start)
        encode(half, base + start, piece)
        decode(base + start, half, piece)
      }
    }
  }

  /// The values as they lie in memory in `dtype` (f64, f32, bf16, f16), valid inside `body`.
  package func withEncoded<R>(
    as dtype: DType, scratch arena: VectorArena, _ body: (UnsafeRawBufferPointer) throws -> R
  ) rethrows -> R {
    let bytes = count * dtype.blockBytes
    if dtype == .f32 { return try body(UnsafeRawBufferPointer(start: base, count: bytes)) }
    let encoded = arena.take(bytes)
    switch dtype {
    case .bf16: operations.to_bf16(encoded.assumingMemoryBound(to: UInt16.self), base, count)
    case .f16: operations.to_f16(encoded.assumingMemoryBound(to: UInt16.self), base, count)
    case .f64:
      let wide = encoded.bindMemory(to: Double.self, capacity: count)
      for index in 0..<count { wide[index] = Double(base[index]) }
    default: preconditionFailure("no encoding as \(dtype)")
    }
    return try body(UnsafeRawBufferPointer(start: encoded, count: bytes))
  }
}

extension Tensor {
  /// The elements `range` of an f32 tensor that owns its bytes, as a vector to be filled. The
  /// caller keeps the tensor alive while the vector is used.
  public func vector(_ range: Range<Int>) -> Vector {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    precondition(storage.isWritable, "a vector over read-only bytes")
    return Vector(base: floatPointer + range.lowerBound, count: range.count)
  }
}
