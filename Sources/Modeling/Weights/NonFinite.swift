internal import Kernels

/// Whether a weight holds NaN or an infinity. Of quantised blocks, the scales are looked at: codes
/// are always finite. Reads every byte of the tensor once.
func holdsNonFinite(_ tensor: Tensor) -> Bool {
  tensor.withBytes { bytes in
    switch tensor.dtype {
    case .f32: anyExponentFull(bytes.bindMemory(to: UInt32.self), mask: 0x7F80_0000)
    case .f16: anyExponentFull(bytes.bindMemory(to: UInt16.self), mask: 0x7C00)
    case .bf16: anyExponentFull(bytes.bindMemory(to: UInt16.self), mask: 0x7F80)
    case .f64: anyExponentFull(bytes.bindMemory(to: UInt64.self), mask: 0x7FF0_0000_0000_0000)
    default: anyScaleFull(bytes, tensor.dtype)
    }
  }
}

private func anyExponentFull<Bits: FixedWidthInteger & UnsignedInteger>(
  _ values: UnsafeBufferPointer<Bits>, mask: Bits
) -> Bool {
  // A block at a time without early exit, so that the loop runs on vectors.
  let block = 4096
  var start = 0
  while start < values.count {
    var largest: Bits = 0
    for index in start..<min(values.count, start + block) {
      largest = max(largest, values[index] & mask)
    }
    if largest == mask { return true }
    start += block
  }
  return false
}

/// Offsets of the f16 scales in a block.
private func scaleOffsets(_ dtype: DType) -> [Int] {
  switch dtype {
  case .q4_0, .q5_0, .q8_0: [0]
  case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
  case .q6_K: [208]
  default: []
  }
}

private func anyScaleFull(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> Bool {
  let offsets = scaleOffsets(dtype)
  guard !offsets.isEmpty else { return false }
  for block in stride(from: 0, to: bytes.count, by: dtype.blockBytes) {
    for offset in offsets {
      let bits = bytes.loadUnaligned(fromByteOffset: block + offset, as: UInt16.self)
      if bits & 0x7C00 == 0x7C00 { return true }
    }
  }
  return false
}
