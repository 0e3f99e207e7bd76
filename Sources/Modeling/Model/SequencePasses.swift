public import Kernels

extension SequenceLayout {
  /// Cuts sequences, in order, into forward passes of at most `tokens` tokens (a longer one goes
  /// alone): more in one pass does not make it faster, only larger.
  ///
  /// - Returns: ranges of `lengths` that follow one another; none is empty.
  public static func passes(lengths: [Int], tokens: Int = 4096) -> [Range<Int>] {
    var passes: [Range<Int>] = []
    var inPass = 0
    for (index, length) in lengths.enumerated() {
      if let last = passes.last, inPass + length <= tokens {
        passes[passes.count - 1] = last.lowerBound..<index + 1
        inPass += length
      } else {
        passes.append(index..<index + 1)
        inPass = length
      }
    }
    return passes
  }
}
