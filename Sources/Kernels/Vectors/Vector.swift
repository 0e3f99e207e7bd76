/// A run of f32 values in scratch memory: what streaming rules compute with, block by block.
///
/// A vector is a view: copying it copies no values. It is valid until its arena is reset or gone,
/// so keep none beyond the block that it was made for. Not for two threads at once.
public struct Vector {
  package let base: UnsafeMutablePointer<Float>
  public let count: Int

  package init(base: UnsafeMutablePointer<Float>, count: Int) {
    self.base = base
    self.count = count
  }

  /// Value `index`, for what no operation does. Loops of operations are many times faster.
  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) of \(count)")
      return base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index \(index) of \(count)")
      base[index] = newValue
    }
  }

  /// The part `range`, sharing the values.
  public subscript(range: Range<Int>) -> Vector {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    return Vector(base: base + range.lowerBound, count: range.count)
  }

  /// The values, copied out.
  public var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  func check(_ other: Vector) {
    precondition(count == other.count, "\(count) values and \(other.count)")
  }
}

/// Scratch memory for vectors, taken in a row and given back all at once.
///
/// Use one a thread; `reset` before every block.
public final class VectorArena {
  private var pieces: [Storage] = []
  private var piece = 0
  private var used = 0
  private static let pieceBytes = 1 << 20

  public init() {}

  /// `count` values of any content.
  public func vector(_ count: Int) -> Vector {
    let base = take(4 * count).bindMemory(to: Float.self, capacity: count)
    return Vector(base: base, count: count)
  }

  /// `count` zeros.
  public func zeros(_ count: Int) -> Vector {
    let vector = vector(count)
    vector.fill(0)
    return vector
  }

  /// Makes all memory free again; vectors made before must not be used any more.
  public func reset() { (piece, used) = (0, 0) }

  func take(_ wanted: Int) -> UnsafeMutableRawPointer {
    // Whole cache lines: no two vectors share one, and every type is aligned.
    let bytes = (wanted + 63) / 64 * 64
    while piece < pieces.count, used + bytes > pieces[piece].byteCount {
      piece += 1
      used = 0
    }
    if piece == pieces.count {
      pieces.append(Storage(uninitializedByteCount: max(bytes, Self.pieceBytes)))
    }
    defer { used += bytes }
    return pieces[piece].base + used
  }
}
