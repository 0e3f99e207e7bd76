extension Tensor {
  /// Writes `values`, encoded in the tensor's type (f64, f32, bf16, f16), from flat index `start`
  /// on. Calls may overlap in time where their elements do not.
  ///
  /// - Parameter arena: Scratch memory for the encoding.
  package func store(_ values: Vector, from start: Int, scratch arena: VectorArena) {
    precondition(
      start >= 0 && start <= count && values.count <= count - start,
      "\(start) + \(values.count) of \(count)")
    precondition(storage.isWritable, "values for read-only bytes")
    values.withEncoded(as: dtype, scratch: arena) { bytes in
      guard let from = bytes.baseAddress else { return }
      (rawPointer + start * dtype.blockBytes).copyMemory(from: from, byteCount: bytes.count)
    }
  }
}
