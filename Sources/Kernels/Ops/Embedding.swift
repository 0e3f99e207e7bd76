internal import CKernels

extension Tape {
  /// Rows `ids` of `table` [V, C] (any float dtype), times `scale`: [ids.count, C] f32.
  ///
  /// Gradients of one id are added in the order of `ids`. Rows of `paddingID` get none from here,
  /// as in torch's `padding_idx`.
  public func embedding(
    _ table: Variable, _ ids: [Int32], scale: Float = 1, paddingID: Int32? = nil
  ) -> Variable {
    precondition(table.shape.count == 2, "embedding table of shape \(table.shape)")
    let (height, width) = (table.shape[0], table.shape[1])
    precondition(ids.allSatisfy { 0 <= $0 && $0 < height }, "token ids outside 0..<\(height)")
    let result = Tensor(uninitialized: [ids.count, width])
    let to = result.floatPointer
    let rowBytes = table.value.byteCount / max(1, height)
    ThreadPool.shared.parallel(over: ids.count, grain: max(1, elementGrain / max(1, width))) {
      for index in $0 {
        let row = to + index * width
        ck_to_f32(
          table.value.weightType, table.value.rawPointer + Int(ids[index]) * rowBytes, row, width)
        if scale != 1 { operations.scale(row, row, scale, width) }
      }
    }
    return record(result, from: [table]) { [table = table.slot] dOutput in
      table.accumulate { gradient in
        let d = dOutput.floatPointer
        for (index, id) in ids.enumerated() where id != paddingID {
          operations.axpy(gradient + Int(id) * width, d + index * width, scale, width)
        }
      }
    }
  }
}
