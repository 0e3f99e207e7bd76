internal import Synchronization

/// One output tensor in the making: the inputs of its place, and where the result goes.
///
/// A rule may pass over the elements as often as it likes (`accumulate`), then writes the result
/// in one last pass (`write`). Passes run on all threads, block by block; what they add up is
/// added in an order that depends on the shape alone.
public final class TensorMerge<Input: PluginOptions> {
  /// Of the output tensor.
  public let name: String
  public let shape: [Int]
  public let role: TensorRole
  /// nil where the method ignores it, or has none.
  public let base: MergeSource?
  /// The others, in the order of the config.
  public let inputs: [MergeInput<Input>]
  private let seed: UInt64
  private let output: any MergeOutput
  private var isWritten = false

  public init(
    name: String, shape: [Int], role: TensorRole, base: MergeSource?, inputs: [MergeInput<Input>],
    seed: UInt64, output: any MergeOutput
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.base = base
    self.inputs = inputs
    self.seed = seed
    self.output = output
  }

  public var count: Int { shape.reduce(1, *) }

  /// Random numbers of input `index` for this tensor: draws depend on the seed, the tensor's name
  /// and the input alone.
  public func random(for index: Int) -> CounterRNG {
    CounterRNG(seed: seed, stream: stableHash(name)).substream(UInt64(index))
  }

  /// The base; for methods whose contract requires one.
  ///
  /// - Throws: `Problem` where there is none.
  public func requiredBase() throws -> MergeSource {
    guard let base else { throw Problem(.badConfiguration, at: name, "there is no base model") }
    return base
  }

  /// Passes over all elements once. Each part of the tensor has a value that starts as `initial`
  /// and that `body` changes, block after block; they come back in the order of the parts.
  public func accumulate<Value>(
    by division: MergeDivision = .elements, from initial: Value,
    _ body: (MergeBlock, inout Value) -> Void
  ) -> [Value] {
    let plan = BlockPlan(shape: shape, by: division)
    return ThreadPool.shared.map(plan.parts) { part in
      var value = initial
      let arena = VectorArena()
      for index in plan.blocks(ofPart: part) {
        arena.reset()
        body(plan.block(index, arena: arena), &value)
      }
      return value
    }
  }

  /// The last pass: `body` fills `result`, a vector of the block's count and any content.
  ///
  /// - Throws: What writing throws; the first error ends the pass.
  public func write(
    by division: MergeDivision = .elements, _ body: (MergeBlock, _ result: Vector) -> Void
  ) throws {
    precondition(!isWritten, "\(name) is written twice")
    isWritten = true
    let plan = BlockPlan(shape: shape, by: division)
    let failure = Mutex<(any Error)?>(nil)
    ThreadPool.shared.parallel(plan.parts) { part in
      let arena = VectorArena()
      for index in plan.blocks(ofPart: part) {
        if failure.withLock({ $0 != nil }) { return }
        arena.reset()
        let block = plan.block(index, arena: arena)
        let result = block.scratch()
        body(block, result)
        do {
          try output.write(result, from: block.elements.lowerBound, scratch: arena)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// The result is what `source` has.
  public func write(_ source: MergeSource) throws {
    try write { block, result in
      source.values.read(from: block.elements.lowerBound, into: result)
    }
  }

  /// The result is an f32 tensor of this shape: for rules over whole matrices.
  public func write(_ tensor: Tensor) throws {
    precondition(tensor.shape == shape, "\(tensor.shape) for \(name) of \(shape)")
    try write(MergeSource(model: name, values: tensor))
  }
}

/// What a tensor is to its model, where rules or vocabularies ask.
public enum TensorRole: String, Sendable, Equatable {
  case embedding, head, other
}

/// Takes the values of an output tensor. [any thread, concurrently, on runs that do not overlap]
public protocol MergeOutput: Sendable {
  /// - Parameters:
  ///   - start: Flat index of the first value.
  ///   - arena: Scratch memory, for an encoding.
  func write(_ values: Vector, from start: Int, scratch arena: VectorArena) throws
}

/// FNV-1a over the UTF-8 bytes: the same in every process.
private func stableHash(_ text: String) -> UInt64 {
  text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
