internal import Synchronization

extension MergePlan {
  /// Bytes of memory that the merge takes at most, mapped files left out: a few blocks a thread, or
  /// whole tensors where the method decomposes them.
  public var peakBytes: Int {
    let sources = tensors.map { $0.sources.count }.max() ?? 0
    // Every source, the base's copy of it and a handful of intermediate vectors.
    let blocks = 4 * (1 << 14) * (2 * sources + 8) * ThreadPool.shared.threadCount
    let whole = tensors.filter { $0.shape.count == 2 }.map(\.count).max() ?? 0
    let matrices = method.holdsWholeTensors ? 12 * whole * (sources + 2) : 0
    return 32 << 20 + blocks + matrices
  }

  /// Seconds of computing, from one tensor of middling size that is merged and thrown away; nil
  /// where that fails or nothing is to be merged.
  public func estimatedSeconds() -> Double? {
    let merged = tensors.filter { $0.action == .merge && $0.count > 0 }
      .sorted { $0.count < $1.count }
    guard models.allSatisfy(\.isStored), let sample = merged.last(where: { $0.count <= 1 << 24 })
    else { return nil }
    let executor = MergeExecutor(plan: self, seed: 0)
    let clock = ContinuousClock()
    // The first time reads the files, the second time measures.
    guard (try? executor.make(sample, into: Nowhere())) != nil else { return nil }
    let duration = clock.measure { _ = try? executor.make(sample, into: Nowhere()) }
    let parts = duration.components
    let seconds = Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    return seconds / Double(sample.count) * Double(merged.reduce(0) { $0 + $1.count })
  }
}

/// Throws tensors away.
private struct Nowhere: MergeDestination, MergeOutput {
  func output(for tensor: PlannedTensor) -> any MergeOutput { self }
  func write(_ values: Tensor, for tensor: PlannedTensor) {}
  func write(_ values: Vector, from start: Int, scratch arena: VectorArena) {}
}
