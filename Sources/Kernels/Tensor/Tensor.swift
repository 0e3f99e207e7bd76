/// A dense row-major array over shared storage.
///
/// Copying a `Tensor` copies the view, not the bytes. Views of leading rows and reshapes are free;
/// there are no other strides, so that every kernel sees contiguous rows.
public struct Tensor: Sendable {
  public let dtype: DType
  public let shape: [Int]
  public let storage: Storage
  /// Bytes from the start of the storage to the first element.
  public let byteOffset: Int

  /// Zeros of the given shape.
  public init(zeros shape: [Int], dtype: DType = .f32) {
    guard let bytes = dtype.byteCount(shape: shape) else {
      preconditionFailure("no tensor of shape \(shape) and dtype \(dtype)")
    }
    self.init(shape: shape, dtype: dtype, storage: Storage(byteCount: bytes), byteOffset: 0)
  }

  /// Any content: for outputs that are written whole before they are read.
  public init(uninitialized shape: [Int], dtype: DType = .f32) {
    guard let bytes = dtype.byteCount(shape: shape) else {
      preconditionFailure("no tensor of shape \(shape) and dtype \(dtype)")
    }
    self.init(
      shape: shape, dtype: dtype, storage: Storage(uninitializedByteCount: bytes), byteOffset: 0)
  }

  /// A view of `storage`. The bytes must lie inside it; readers check before they get here.
  public init(shape: [Int], dtype: DType, storage: Storage, byteOffset: Int) {
    guard let bytes = dtype.byteCount(shape: shape), byteOffset >= 0,
      byteOffset <= storage.byteCount, bytes <= storage.byteCount - byteOffset
    else {
      preconditionFailure(
        "shape \(shape) of \(dtype) at byte \(byteOffset) leaves \(storage.byteCount) bytes")
    }
    self.dtype = dtype
    self.shape = shape
    self.storage = storage
    self.byteOffset = byteOffset
  }

  /// `values` as f32 of `shape`.
  public init(_ values: [Float], shape: [Int]) {
    precondition(checkedProduct(shape) == values.count, "\(values.count) values, shape \(shape)")
    self.init(zeros: shape)
    values.withUnsafeBytes {
      rawPointer.copyMemory(
        from: $0.baseAddress ?? UnsafeRawPointer(rawPointer), byteCount: $0.count)
    }
  }

  /// `values` as i64 of `shape`.
  public init(_ values: [Int64], shape: [Int]) {
    precondition(checkedProduct(shape) == values.count, "\(values.count) values, shape \(shape)")
    self.init(zeros: shape, dtype: .i64)
    values.withUnsafeBytes {
      rawPointer.copyMemory(
        from: $0.baseAddress ?? UnsafeRawPointer(rawPointer), byteCount: $0.count)
    }
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  public var byteCount: Int { count / dtype.blockElements * dtype.blockBytes }

  /// All dimensions but the last, multiplied; 1 for a rank-0 tensor.
  public var rows: Int { shape.dropLast().reduce(1, *) }
  /// The last dimension; 1 for a rank-0 tensor.
  public var width: Int { shape.last ?? 1 }

  /// The same bytes under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(checkedProduct(shape) == count, "cannot view \(self.shape) as \(shape)")
    return Tensor(shape: shape, dtype: dtype, storage: storage, byteOffset: byteOffset)
  }

  /// Entries `range` of the first dimension, sharing the bytes.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.first.map { range.upperBound <= $0 && range.lowerBound >= 0 } ?? false,
      "rows \(range) of shape \(shape)")
    let rowBytes = shape[0] == 0 ? 0 : byteCount / shape[0]
    return Tensor(
      shape: [range.count] + shape.dropFirst(), dtype: dtype, storage: storage,
      byteOffset: byteOffset + range.lowerBound * rowBytes)
  }

  /// The f32 values, copied out row-major.
  public func floats() -> [Float] {
    precondition(dtype == .f32, "floats() of \(dtype)")
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let address = buffer.baseAddress {
        address.update(from: rawPointer.assumingMemoryBound(to: Float.self), count: count)
      }
      filled = count
    }
  }

  /// The bytes as they lie in memory, valid inside `body` only.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeRawBufferPointer(start: rawPointer, count: byteCount))
    }
  }

  /// Address of the first element. The caller keeps the tensor alive.
  package var rawPointer: UnsafeMutableRawPointer { storage.base + byteOffset }

  package var floatPointer: UnsafeMutablePointer<Float> {
    precondition(dtype == .f32, "f32 needed, found \(dtype)")
    return rawPointer.assumingMemoryBound(to: Float.self)
  }
}
