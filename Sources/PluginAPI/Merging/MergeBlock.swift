/// A run of elements of the tensor that is being merged: small enough that all inputs' values of
/// it stay in a core's cache.
///
/// Vectors made by a block are scratch memory: valid inside the body that got the block, and free
/// to be changed there.
public struct MergeBlock {
  /// Which block of the pass, from 0.
  public let index: Int
  /// Flat indices in the tensor.
  public let elements: Range<Int>
  /// Elements of a row of the tensor: its last dimension; all of a vector.
  public let width: Int
  public let arena: VectorArena

  init(index: Int, elements: Range<Int>, width: Int, arena: VectorArena) {
    self.index = index
    self.elements = elements
    self.width = width
    self.arena = arena
  }

  public var count: Int { elements.count }
  /// Rows of this block, in passes by rows.
  public var rowCount: Int { count / width }

  /// Any content.
  public func scratch() -> Vector { arena.vector(count) }
  public func zeros() -> Vector { arena.zeros(count) }

  /// A source's values.
  public func values(of source: MergeSource) -> Vector {
    let vector = scratch()
    source.values.read(from: elements.lowerBound, into: vector)
    return vector
  }

  /// source − base: the task vector.
  public func delta(of source: MergeSource, from base: MergeSource) -> Vector {
    let vector = values(of: source)
    vector.subtract(values(of: base))
    return vector
  }

  /// source − base, of values that were read already.
  public func delta(of source: MergeSource, from base: Vector) -> Vector {
    let vector = values(of: source)
    vector.subtract(base)
    return vector
  }

  /// Row `row` (from 0) of a vector of this block, in passes by rows.
  public func row(_ row: Int, of vector: Vector) -> Vector {
    vector[row * width..<(row + 1) * width]
  }
}

/// How a tensor is cut into blocks. Depends on its shape only, so that sums over blocks are the
/// same on any number of threads.
struct BlockPlan {
  static let blockElements = 1 << 14
  /// Parts run at the same time, blocks of a part one after the other.
  static let mostParts = 32

  let count: Int
  let width: Int
  /// Elements of a block but the last.
  let unit: Int

  init(shape: [Int], by division: MergeDivision) {
    count = shape.reduce(1, *)
    // One dimension is one row.
    width = max(1, shape.last ?? 1)
    switch division {
    case .elements: unit = Self.blockElements
    case .rows: unit = max(1, Self.blockElements / width) * width
    }
  }

  var blocks: Int { (count + unit - 1) / unit }
  var parts: Int { min(blocks, Self.mostParts) }

  func blocks(ofPart part: Int) -> Range<Int> {
    blocks * part / parts..<blocks * (part + 1) / parts
  }

  func block(_ index: Int, arena: VectorArena) -> MergeBlock {
    let start = index * unit
    return MergeBlock(
      index: index, elements: start..<min(count, start + unit), width: width, arena: arena)
  }
}

/// How a pass cuts its tensor.
public enum MergeDivision: Sendable {
  /// Anywhere.
  case elements
  /// Between rows of the last dimension: for rules that work row by row. A tensor of one dimension
  /// is one row.
  case rows
}
