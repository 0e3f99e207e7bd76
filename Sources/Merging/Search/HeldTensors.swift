internal import Synchronization

/// Keeps the tensors of a merge in memory, in their planned types; those that are copied stay views
/// of their files.
final class HeldTensors: MergeDestination {
  private let held = Mutex<[String: Tensor]>([:])

  func output(for tensor: PlannedTensor) -> any MergeOutput {
    let values = Tensor(zeros: tensor.shape, dtype: tensor.dtype)
    held.withLock { $0[tensor.name] = values }
    return HeldOutput(tensor: values)
  }

  func write(_ values: Tensor, for tensor: PlannedTensor) {
    held.withLock { $0[tensor.name] = values }
  }

  /// All tensors of `plan`, those without elements too, which nobody writes.
  func tensors(of plan: MergePlan) -> [String: Tensor] {
    var tensors = held.withLock { $0 }
    for tensor in plan.tensors where tensors[tensor.name] == nil {
      tensors[tensor.name] = Tensor(zeros: tensor.shape, dtype: tensor.dtype)
    }
    return tensors
  }
}

private struct HeldOutput: MergeOutput {
  let tensor: Tensor

  func write(_ values: Vector, from start: Int, scratch arena: VectorArena) {
    tensor.store(values, from: start, scratch: arena)
  }
}
