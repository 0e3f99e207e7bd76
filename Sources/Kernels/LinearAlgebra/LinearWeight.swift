internal import CKernels

/// A weight matrix of any float dtype and the three products a linear layer needs of it.
struct LinearWeight {
  let tensor: Tensor
  let layout: WeightLayout
  let inputs: Int
  let outputs: Int

  /// Up to this many rows, own kernels that stream the weight once beat a general product.
  static let fewRows = 48
  /// Columns of a strip of [in, out] weights: four AVX-512 registers.
  private static let stripWidth = 64
  /// f32 bytes of a converted panel: half of a usual L2 cache.
  private static let panelBytes = 1 << 19

  init(_ tensor: Tensor, layout: WeightLayout) {
    precondition(tensor.shape.count == 2, "weight of shape \(tensor.shape)")
    self.tensor = tensor
    self.layout = layout
    (outputs, inputs) =
      layout == .outIn ? (tensor.shape[0], tensor.shape[1]) : (tensor.shape[1], tensor.shape[0])
  }

  /// x [N, inputs] f32 to [N, outputs] f32.
  func apply(to x: Tensor, bias: Tensor?) -> Tensor {
    precondition(x.width == inputs, "input \(x.shape) for weight \(tensor.shape), \(layout)")
    precondition(bias.map { $0.count == outputs } ?? true, "bias for \(outputs) outputs")
    let y = Tensor(uninitialized: [x.rows, outputs])
    if layout == .outIn, x.rows <= Self.fewRows {
      applyToFewRows(x, bias: bias, into: y)
      return y
    }
    if layout == .inOut, x.rows <= Self.fewRows {
      applyColumnsToFewRows(x, into: y)
      if let bias { addRow(bias, to: y) }
      return y
    }
    if tensor.dtype == .f32 {
      multiply(
        m: x.rows, n: outputs, k: inputs, MatrixOperand(x.floatPointer, stride: inputs),
        operand(tensor.floatPointer), into: y.floatPointer, stride: outputs)
    } else {
      applyConverted(x, into: y)
    }
    if let bias { addRow(bias, to: y) }
    return y
  }

  /// dx = beta · dx + dy · W.
  func addInputGradient(_ dy: Tensor, into dx: FloatPointer, beta: Float) {
    let weight = dequantised(tensor)
    var transposed = operand(weight.floatPointer)
    transposed.isTransposed.toggle()
    multiply(
      m: dy.rows, n: inputs, k: outputs, MatrixOperand(dy.floatPointer, stride: outputs),
      transposed, beta: beta, into: dx, stride: inputs)
  }

  /// dW = beta · dW + dyᵀ · x, in the layout of the weight.
  func addWeightGradient(_ dy: Tensor, _ x: Tensor, into dWeight: FloatPointer, beta: Float) {
    let (d, input) = (dy.floatPointer, x.floatPointer)
    if layout == .outIn {
      multiply(
        m: outputs, n: inputs, k: dy.rows, MatrixOperand(d, stride: outputs, transposed: true),
        MatrixOperand(input, stride: inputs), beta: beta, into: dWeight, stride: inputs)
    } else {
      multiply(
        m: inputs, n: outputs, k: dy.rows, MatrixOperand(input, stride: inputs, transposed: true),
        MatrixOperand(d, stride: outputs), beta: beta, into: dWeight, stride: outputs)
    }
  }

  /// The weight as it enters x · W: (inputs, outputs).
  private func operand(_ base: FloatPointer) -> MatrixOperand {
    layout == .outIn
      ? MatrixOperand(base, stride: inputs, transposed: true)
      : MatrixOperand(base, stride: outputs)
  }

  private func applyToFewRows(_ x: Tensor, bias: Tensor?, into y: Tensor) {
    let (from, to, type) = (x.floatPointer, y.floatPointer, tensor.weightType)
    let (rows, rowBytes) = (x.rows, ck_type_bytes(type, inputs))
    let biases = bias?.floatPointer
    ThreadPool.shared.parallel(over: outputs, grain: 16) { part in
      let weight = tensor.rawPointer + part.lowerBound * rowBytes
      let shifted = biases.map { UnsafePointer($0 + part.lowerBound) }
      if tensor.dtype.isQuantised {
        matmulQuantisedRows(
          to + part.lowerBound, from, rows: rows, weight, columns: part.count, bias: shifted)
      } else {
        operations.matmul_rows(
          to + part.lowerBound, outputs, from, inputs, rows, type, weight, part.count, inputs,
          shifted)
      }
    }
  }

  /// A few rows times a weight stored [in, out], a strip of columns at a time: its sums stay in
  /// registers while the strip's weights are read from top to bottom. A row's sum does not depend
  /// on the others, which generation relies on.
  private func applyColumnsToFewRows(_ x: Tensor, into y: Tensor) {
    precondition(!tensor.dtype.isQuantised, "a quantised weight stored [in, out]")
    let (from, to, rows, width) = (x.floatPointer, y.floatPointer, x.rows, Self.stripWidth)
    ThreadPool.shared.parallel(over: outputs, grain: width) { part in
      withScratch(rows * width) { sums in
        for start in stride(from: part.lowerBound, to: part.upperBound, by: width) {
          let count = min(width, part.upperBound - start)
          sums.update(repeating: 0, count: rows * count)
          withStrip(start, count) { strip, stride in
            operations.cached_mix(sums, from, inputs, rows, strip, stride, inputs, count)
          }
          for row in 0..<rows {
            (to + row * outputs + start).update(from: sums + row * count, count: count)
          }
        }
      }
    }
  }

  /// Columns start..<start + count of a weight stored [in, out], as f32, and their row stride.
  private func withStrip(_ start: Int, _ count: Int, _ body: (UnsafePointer<Float>, Int) -> Void) {
    if tensor.dtype == .f32 { return body(tensor.floatPointer + start, outputs) }
    let (type, bytes) = (tensor.weightType, tensor.dtype.blockBytes)
    withScratch(inputs * count) { strip in
      for input in 0..<inputs {
        let row = tensor.rawPointer + (input * outputs + start) * bytes
        ck_to_f32(type, row, strip + input * count, count)
      }
      body(strip, count)
    }
  }

  /// As `matmul_rows`, from a few weight rows at a time made f32 in cache.
  private func matmulQuantisedRows(
    _ y: FloatPointer, _ x: FloatPointer, rows: Int, _ weight: UnsafeRawPointer, columns: Int,
    bias: UnsafePointer<Float>?
  ) {
    // As many rows as stay in the first-level cache beside a few of x.
    let (type, step) = (tensor.weightType, max(4, 6144 / max(1, inputs) / 4 * 4))
    let rowBytes = ck_type_bytes(type, inputs)
    withScratch(step * inputs) { panel in
      for start in stride(from: 0, to: columns, by: step) {
        let count = min(step, columns - start)
        ck_to_f32(type, weight + start * rowBytes, panel, count * inputs)
        operations.matmul_rows(
          y + start, outputs, x, inputs, rows, ck_f32, panel, count, inputs, bias.map { $0 + start }
        )
      }
    }
  }

  /// x · W panel by panel, each made f32 in cache by the thread that multiplies it.
  private func applyConverted(_ x: Tensor, into y: Tensor) {
    guard layout == .outIn else {
      let weight = dequantised(tensor)
      multiply(
        m: x.rows, n: outputs, k: inputs, MatrixOperand(x.floatPointer, stride: inputs),
        operand(weight.floatPointer), into: y.floatPointer, stride: outputs)
      return withExtendedLifetime(weight) {}
    }
    let panel = min(outputs, max(32, Self.panelBytes / 4 / max(1, inputs) / 32 * 32))
    let (from, to, rowBytes) = (
      x.floatPointer, y.floatPointer, ck_type_bytes(tensor.weightType, inputs)
    )
    ThreadPool.shared.parallel((outputs + panel - 1) / panel) { index in
      let start = index * panel
      let count = min(panel, outputs - start)
      withScratch(count * inputs) { weight in
        ck_to_f32(tensor.weightType, tensor.rawPointer + start * rowBytes, weight, count * inputs)
        multiplySerially(
          m: x.rows, n: count, k: inputs, MatrixOperand(from, stride: inputs),
          MatrixOperand(weight, stride: inputs, transposed: true), into: to + start,
          stride: outputs)
      }
    }
  }
}

/// Adds `row` [C] to every row of `y` [N, C].
func addRow(_ row: Tensor, to y: Tensor) {
  let (width, to, from) = (y.width, y.floatPointer, row.floatPointer)
  ThreadPool.shared.parallel(over: y.rows, grain: max(1, elementGrain / max(1, width))) {
    for index in $0 { operations.add(to + index * width, to + index * width, from, width) }
  }
}

/// `tensor` as f32: itself when it is, else a converted copy. Any float dtype but f64.
public func dequantised(_ tensor: Tensor) -> Tensor {
  if tensor.dtype == .f32 { return tensor }
  let result = Tensor(uninitialized: tensor.shape)
  let (type, width) = (tensor.weightType, tensor.dtype.blockElements)
  let (from, to) = (tensor.rawPointer, result.floatPointer)
  ThreadPool.shared.parallel(over: tensor.count, grain: max(elementGrain, width)) { part in
    ck_to_f32(
      type, from + ck_type_bytes(type, part.lowerBound), to + part.lowerBound, part.count)
  }
  return result
}
