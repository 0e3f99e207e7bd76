internal import Synchronization

/// Takes the tensors of a merge as they are made. [any thread, concurrently]
public protocol MergeDestination: Sendable {
  func output(for tensor: PlannedTensor) -> any MergeOutput
  /// A tensor that is not computed but copied, of the planned type and shape.
  func write(_ values: Tensor, for tensor: PlannedTensor) throws
}

/// Makes the tensors of a plan, one after the other, each on all threads; small ones side by side.
struct MergeExecutor {
  let plan: MergePlan
  let seed: UInt64

  /// Tensors of up to so many elements are too little work for all threads.
  private static let smallTensor = 1 << 16
  private static let groupCount = 256
  private static let groupElements = 1 << 22

  /// - Parameters:
  ///   - done: Names of tensors that are there already.
  ///   - check: Called between tensors; throws to stop.
  ///   - finished: Called after each tensor or group of them, in order.
  /// - Throws: What reading, the method or the destination throws.
  func run(
    into destination: any MergeDestination, skipping done: Set<String> = [],
    check: () throws -> Void, finished: ([PlannedTensor]) throws -> Void
  ) throws {
    for group in groups(plan.tensors.filter { !done.contains($0.name) }) {
      try check()
      let failures = ThreadPool.shared.map(group.count) { index -> (any Error)? in
        do {
          try make(group[index], into: destination)
          return nil
        } catch {
          return error
        }
      }
      if let error = failures.compactMap({ $0 }).first { throw error }
      try finished(group)
    }
  }

  private func groups(_ tensors: [PlannedTensor]) -> [[PlannedTensor]] {
    var groups: [[PlannedTensor]] = []
    var current: [PlannedTensor] = []
    var elements = 0
    func flush() {
      if !current.isEmpty { groups.append(current) }
      (current, elements) = ([], 0)
    }
    for tensor in tensors {
      guard tensor.count <= Self.smallTensor else {
        flush()
        groups.append([tensor])
        continue
      }
      if current.count == Self.groupCount || elements > Self.groupElements { flush() }
      current.append(tensor)
      elements += tensor.count
    }
    flush()
    return groups
  }

  /// Makes one tensor.
  func make(_ tensor: PlannedTensor, into destination: any MergeDestination) throws {
    guard tensor.count > 0 else { return }
    switch tensor.action {
    case .copyEqual: try copyEqual(tensor, into: destination)
    case .copy(let source): try copy(source, tensor, into: destination)
    case .merge:
      try plan.method.merge(parts(of: tensor), into: destination.output(for: tensor))
    }
  }

  private func copyEqual(
    _ tensor: PlannedTensor, into destination: any MergeDestination
  ) throws {
    let stored = try tensor.inputs.map {
      try plan.models[$0.source.model].tensor($0.source.name)
    }
    guard let first = stored.first else { return }
    for (input, other) in zip(tensor.inputs, stored).dropFirst()
    where !first.hasSameBytes(as: other) {
      throw Problem(
        .badData, at: tensor.name,
        "holds \(first.dtype) numbers that differ between "
          + "\(quoted(plan.models[tensor.inputs[0].source.model].name)) and "
          + "\(quoted(plan.models[input.source.model].name))",
        expected: "equal numbers: they cannot be merged")
    }
    try destination.write(first, for: tensor)
  }

  private func copy(
    _ source: PlannedSource, _ tensor: PlannedTensor, into destination: any MergeDestination
  ) throws {
    let model = plan.models[source.model]
    let stored = try model.tensor(source.name)
    let isRebuilt = plan.vocabulary != nil && tensor.role != .other
    let isRounded = plan.document.dtype.map { $0 != stored.dtype } ?? false
    if stored.dtype == tensor.dtype, !model.hasAdapter, !isRebuilt, !isRounded {
      return try destination.write(stored, for: tensor)
    }
    let output = destination.output(for: tensor)
    guard let lone = try MergeSources(plan: plan).sources(of: tensor).first else { return }
    let merge = TensorMerge<NoOptions>(
      name: tensor.name, shape: tensor.shape, role: tensor.role, base: nil, inputs: [],
      seed: seed, output: output)
    try merge.write(lone)
  }

  private func parts(of tensor: PlannedTensor) throws -> TensorParts {
    let sources = try MergeSources(plan: plan).sources(of: tensor)
    let inputs = tensor.base == nil ? sources[...] : sources.dropFirst()
    return TensorParts(
      name: tensor.name, shape: tensor.shape, role: tensor.role,
      base: tensor.base == nil ? nil : sources.first,
      inputs: zip(inputs, tensor.inputs).map { ($0, $1.parameters) }, shared: tensor.shared,
      seed: seed)
  }
}

/// Opens what a tensor is made from.
private struct MergeSources {
  let plan: MergePlan

  /// In the order of `PlannedTensor.sources`.
  func sources(of tensor: PlannedTensor) throws -> [MergeSource] {
    let planned = tensor.sources
    let values = try values(planned, of: tensor)
    return zip(planned, values).map { source, values in
      let model = plan.models[source.model]
      return MergeSource(model: model.name, values: rounded(values)) { kind in
        try model.statistic(kind, of: source.name)
      }
    }
  }

  private func values(
    _ sources: [PlannedSource], of tensor: PlannedTensor
  ) throws -> [any VectorSource] {
    let values = try sources.map { try plan.models[$0.model].values($0.name) }
    guard let vocabulary = plan.vocabulary, tensor.role != .other else { return values }
    return try RebuiltSource.sources(
      values, of: sources.map(\.model), vocabulary: vocabulary, tensor: tensor)
  }

  /// To the type that the document computes in, where values do not have it yet.
  private func rounded(_ values: any VectorSource) -> any VectorSource {
    guard let dtype = plan.document.dtype, dtype == .bf16 || dtype == .f16 else { return values }
    if let tensor = values as? Tensor, tensor.dtype == dtype { return values }
    return RoundedSource(source: values, dtype: dtype)
  }
}

extension Tensor {
  fileprivate func hasSameBytes(as other: Tensor) -> Bool {
    dtype == other.dtype && shape == other.shape
      && withBytes { one in other.withBytes { one.elementsEqual($0) } }
  }
}
