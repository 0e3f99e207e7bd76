extension Tensor {
  /// Rows (entries of the first dimension) `rows` of `parts`, which are counted through as if they
  /// lay one after another: [rows.count, …], bytes of its own. Repeats are allowed. Of any dtype;
  /// the parts agree in it and in all dimensions but the first.
  public static func gathered(_ rows: [Int], from parts: [Tensor]) -> Tensor {
    let shape = commonRowShape(of: parts)
    let result = Tensor(uninitialized: [rows.count] + shape, dtype: parts[0].dtype)
    guard result.byteCount > 0 else { return result }
    let size = result.byteCount / rows.count
    var starts = [0]
    for part in parts { starts.append(starts[starts.count - 1] + part.shape[0]) }
    precondition(rows.allSatisfy { 0 <= $0 && $0 < starts[parts.count] }, "rows of \(starts)")
    for (place, row) in rows.enumerated() {
      let part = (starts.firstIndex { $0 > row } ?? 1) - 1
      (result.rawPointer + place * size).copyMemory(
        from: parts[part].rawPointer + (row - starts[part]) * size, byteCount: size)
    }
    return result
  }

  /// `parts` one after another along the first dimension, bytes of its own.
  public static func joined(_ parts: [Tensor]) -> Tensor {
    let shape = commonRowShape(of: parts)
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    let result = Tensor(uninitialized: [rows] + shape, dtype: parts[0].dtype)
    var offset = 0
    for part in parts where part.byteCount > 0 {
      (result.rawPointer + offset).copyMemory(from: part.rawPointer, byteCount: part.byteCount)
      offset += part.byteCount
    }
    return result
  }

  /// What all `parts` have behind their first dimension.
  private static func commonRowShape(of parts: [Tensor]) -> [Int] {
    precondition(
      !parts.isEmpty
        && parts.allSatisfy {
          !$0.shape.isEmpty && $0.dtype == parts[0].dtype
            && $0.shape.dropFirst() == parts[0].shape.dropFirst()
        }, "rows of \(parts.map(\.shape)) of \(parts.map(\.dtype))")
    return Array(parts[0].shape.dropFirst())
  }
}
