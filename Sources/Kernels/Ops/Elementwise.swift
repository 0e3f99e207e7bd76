internal import CKernels

/// Elements a thread takes at least: below, waking it costs more than it saves.
let elementGrain = 1 << 14

extension Tape {
  /// a + b, both [N, C].
  public func add(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "add of \(a.shape) and \(b.shape)")
    let sum = Tensor(uninitialized: a.shape)
    addElements(a.value, b.value, into: sum)
    return record(sum, from: [a, b]) { [a = a.slot, b = b.slot] dOutput in
      a.accumulateShared(dOutput)
      b.accumulateShared(dOutput)
    }
  }

  /// x · factor.
  public func scaled(_ x: Variable, by factor: Float) -> Variable {
    record(scaledElements(x.value, by: factor), from: [x]) { [x = x.slot] dOutput in
      x.accumulate(scaledElements(dOutput, by: factor))
    }
  }

  /// a · b, element by element, of one shape.
  public func multiply(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "multiply of \(a.shape) and \(b.shape)")
    return record(multipliedElements(a.value, b.value), from: [a, b]) { dOutput in
      if a.requiresGradient { a.slot.accumulate(multipliedElements(dOutput, b.value)) }
      if b.requiresGradient { b.slot.accumulate(multipliedElements(dOutput, a.value)) }
    }
  }

  /// Rows `rows` of x [N, C] in that order, repeats allowed: [rows.count, C].
  public func selectRows(_ x: Variable, _ rows: [Int]) -> Variable {
    let (height, width) = (x.value.rows, x.value.width)
    precondition(rows.allSatisfy { 0 <= $0 && $0 < height }, "rows of \(x.shape)")
    return record(gatherRows(x.value, rows), from: [x]) { [x = x.slot] dOutput in
      x.accumulate { gradient in
        let d = dOutput.floatPointer
        for (index, row) in rows.enumerated() {
          operations.axpy(gradient + row * width, d + index * width, 1, width)
        }
      }
    }
  }

  /// Columns `range` of x [N, C]: [N, range.count]. Splits fused projections.
  public func selectColumns(_ x: Variable, _ range: Range<Int>) -> Variable {
    let (height, width) = (x.value.rows, x.value.width)
    precondition(range.lowerBound >= 0 && range.upperBound <= width, "\(range) of \(x.shape)")
    let part = Tensor(uninitialized: [height, range.count])
    let (from, to) = (x.value.floatPointer + range.lowerBound, part.floatPointer)
    for row in 0..<height {
      (to + row * range.count).update(from: from + row * width, count: range.count)
    }
    return record(part, from: [x]) { [x = x.slot] dOutput in
      x.accumulate { gradient in
        let d = dOutput.floatPointer
        for row in 0..<height {
          operations.axpy(
            gradient + row * width + range.lowerBound, d + row * range.count, 1, range.count)
        }
      }
    }
  }
}

func addElements(_ a: Tensor, _ b: Tensor, into sum: Tensor) {
  let (to, left, right) = (sum.floatPointer, a.floatPointer, b.floatPointer)
  ThreadPool.shared.parallel(over: sum.count, grain: elementGrain) { part in
    let start = part.lowerBound
    operations.add(to + start, left + start, right + start, part.count)
  }
}

func multipliedElements(_ a: Tensor, _ b: Tensor) -> Tensor {
  let product = Tensor(uninitialized: a.shape)
  let (to, left, right) = (product.floatPointer, a.floatPointer, b.floatPointer)
  ThreadPool.shared.parallel(over: a.count, grain: elementGrain) { part in
    let start = part.lowerBound
    operations.multiply(to + start, left + start, right + start, part.count)
  }
  return product
}

func scaledElements(_ x: Tensor, by factor: Float) -> Tensor {
  let result = Tensor(uninitialized: x.shape)
  let (to, from) = (result.floatPointer, x.floatPointer)
  ThreadPool.shared.parallel(over: x.count, grain: elementGrain) { part in
    operations.scale(to + part.lowerBound, from + part.lowerBound, factor, part.count)
  }
  return result
}

func gatherRows(_ x: Tensor, _ rows: [Int]) -> Tensor {
  let width = x.width
  let result = Tensor(uninitialized: [rows.count, width])
  let (to, from) = (result.floatPointer, x.floatPointer)
  for (index, row) in rows.enumerated() {
    (to + index * width).update(from: from + row * width, count: width)
  }
  return result
}
