internal import CKernels
internal import Glibc
internal import Synchronization

/// Cosines and sines of rotary position embedding, computed as transformers does: inverse
/// frequencies, angle = position · frequency, cosine and sine all in f32, times the attention
/// factor. Rows are made as positions are first asked for.
public final class RopeTable: Sendable {
  /// Which values of a head form the pairs that are turned.
  public enum Pairing: Sendable {
    /// (i, i + half): Hugging Face checkpoints.
    case halves
    /// (2i, 2i + 1): checkpoints in the original Llama order.
    case interleaved
  }

  public let inverseFrequencies: [Float]
  public let attentionFactor: Float
  public let pairing: Pairing
  private let rows: Mutex<Rows>

  private struct Rows {
    var count = 0
    var cosines = Tensor(zeros: [0])
    var sines = Tensor(zeros: [0])
  }

  /// - Parameters:
  ///   - inverseFrequencies: one a pair; 2 × count values of each head are turned, the rest kept.
  ///     Scaling (linear, llama3, yarn, longrope …) is already in them.
  ///   - attentionFactor: multiplies cosines and sines (yarn, longrope).
  public init(
    inverseFrequencies: [Float], attentionFactor: Float = 1, pairing: Pairing = .halves
  ) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
    self.pairing = pairing
    rows = Mutex(Rows())
  }

  /// Cosines and sines [≥ count, pairs] f32.
  func tables(count: Int) -> (cosines: Tensor, sines: Tensor) {
    rows.withLock { rows in
      if rows.count < count { rows = makeRows(count: max(count, 2 * rows.count, 256)) }
      return (rows.cosines, rows.sines)
    }
  }

  private func makeRows(count: Int) -> Rows {
    let half = inverseFrequencies.count
    let made = Rows(
      count: count, cosines: Tensor(uninitialized: [count, half]),
      sines: Tensor(uninitialized: [count, half]))
    let (cosines, sines) = (made.cosines.floatPointer, made.sines.floatPointer)
    for position in 0..<count {
      for pair in 0..<half {
        let angle = Float(position) * inverseFrequencies[pair]
        cosines[position * half + pair] = cosf(angle) * attentionFactor
        sines[position * half + pair] = sinf(angle) * attentionFactor
      }
    }
    return made
  }
}

extension Tape {
  /// Turns the pairs of each head of x [N, heads · headDim] by the angles of its row's position.
  /// - Parameter positions: N positions, each at least 0.
  public func rope(
    _ x: Variable, table: RopeTable, positions: [Int32], headDim: Int
  ) -> Variable {
    let half = table.inverseFrequencies.count
    precondition(positions.count == x.value.rows, "\(positions.count) positions, \(x.shape)")
    precondition(
      x.value.width % headDim == 0 && 2 * half <= headDim, "heads of \(headDim) in \(x.shape)")
    precondition(positions.allSatisfy { $0 >= 0 }, "negative positions")
    let turn = { (from: Tensor, direction: Float) -> Tensor in
      let result = Tensor(uninitialized: from.shape)
      let (cosines, sines) = table.tables(count: Int(positions.max() ?? 0) + 1)
      let (to, source, width) = (result.floatPointer, from.floatPointer, from.width)
      positions.withUnsafeBufferPointer { positions in
        guard let places = positions.baseAddress else { return }
        parallelRows(from.rows, width) { part in
          operations.rope(
            to + part.lowerBound * width, source + part.lowerBound * width, cosines.floatPointer,
            sines.floatPointer, places + part.lowerBound, part.count, width / headDim, headDim,
            half, table.pairing == .interleaved, direction)
        }
      }
      return result
    }
    return record(turn(x.value, 1), from: [x]) { [x = x.slot] in x.accumulate(turn($0, -1)) }
  }
}
