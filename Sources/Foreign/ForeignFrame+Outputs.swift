internal import Glibc

/// Memory that a function writes: where it is, and the bytes after it that it must leave alone.
struct ForeignOutput {
  var start: UnsafeMutableRawPointer
  var byteCount: Int
  /// Bytes of one text.
  var stride: Int
}

extension ForeignFrame {
  private static let guardBytes = 64
  private static let guardByte: UInt8 = 0xA5

  /// Gives the function room for `count` numbers, NaN until it writes them. `f32*` or `f64*`.
  public func reserve(_ parameter: Int, numbers count: Int) {
    guard let scalar = types[parameter].scalar, scalar.isFloat, types[parameter].depth == 1 else {
      preconditionFailure("\(types[parameter]) is no array of floats")
    }
    let start = output(parameter, count * scalar.size, stride: scalar.size)
    for index in 0..<count { _ = scalar.store(.real(.nan), at: start + index * scalar.size) }
    setAddress(parameter, start)
  }

  /// The numbers that the function wrote, NaN where it wrote none.
  public func numbers(_ parameter: Int) -> [Double] {
    guard let output = outputs[parameter], let scalar = types[parameter].scalar else { return [] }
    return stride(from: 0, to: output.byteCount, by: scalar.size).map {
      scalar.load(output.start + $0).double
    }
  }

  /// Gives the function one empty buffer of `capacity` bytes (`char*`), or `rows` of them
  /// (`char**`), all zero.
  public func reserve(_ parameter: Int, textsOf capacity: Int, rows: Int = 1) {
    let start = output(parameter, capacity * rows, stride: capacity)
    memset(start, 0, capacity * rows)
    if types[parameter].depth == 2 {
      setAddress(parameter, addresses((0..<rows).map { start + $0 * capacity }))
    } else {
      setAddress(parameter, start)
    }
  }

  /// What the function wrote into buffer `row`, to the first NUL or the end of the buffer; bytes
  /// that are no UTF-8 become U+FFFD. Nil when it wrote nothing.
  public func text(_ parameter: Int, row: Int = 0) -> String? {
    guard let output = outputs[parameter], (row + 1) * output.stride <= output.byteCount else {
      return nil
    }
    let start = output.start + row * output.stride
    let count = strnlen(start.assumingMemoryBound(to: CChar.self), output.stride)
    if count == 0 { return nil }
    return String(
      decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// The first parameter behind whose memory the function wrote, nil when it kept to its room.
  public var overrun: Int? {
    guard !outputs.isEmpty else { return nil }
    return outputs.keys.sorted().first { key in
      guard let output = outputs[key] else { return false }
      let end = output.start + output.byteCount
      return UnsafeRawBufferPointer(start: end, count: Self.guardBytes).contains {
        $0 != Self.guardByte
      }
    }
  }

  private func output(
    _ parameter: Int, _ byteCount: Int, stride: Int
  ) -> UnsafeMutableRawPointer {
    let start = arena.allocate(byteCount + Self.guardBytes)
    memset(start + byteCount, Int32(Self.guardByte), Self.guardBytes)
    outputs[parameter] = ForeignOutput(start: start, byteCount: byteCount, stride: stride)
    return start
  }
}
