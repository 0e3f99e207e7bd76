import CKernels
import Testing

@testable import Kernels

@Suite struct LinearTests {
  /// Whichever path the number of rows takes: own kernels for few, sgemm or panels for many.
  @Test(
    arguments: [DType.f32, .bf16, .f16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q4_K, .q5_K, .q6_K],
    [1, 5, LinearWeight.fewRows, LinearWeight.fewRows + 1, 90])
  func everyDTypeMultipliesItsDequantisedValues(dtype: DType, rows: Int) {
    let (outputs, inputs) = (70, 512)
    let weight = stored([outputs, inputs], dtype)
    let (x, bias) = (values([rows, inputs]), values([outputs], seed: 3))
    let y = Tape(recording: false).linear(Variable(x), Variable(weight), bias: Variable(bias))
    let plain = dequantised(weight)
    var twin = [Float](repeating: 0, count: rows * outputs)
    twins.matmul_rows(
      &twin, outputs, x.floats(), inputs, rows, ck_f32, plain.floats(), outputs, inputs,
      bias.floats())
    let size = plain.floats().map(abs).max() ?? 1
    expectClose(y.value.floats(), twin, relative: 2e-6, floor: size * 23)  // √512 terms
  }

  /// GPT-2's layout gives what its transpose gives in torch's.
  @Test(arguments: [DType.f32, .bf16, .f16], [1, 7, LinearWeight.fewRows, 60])
  func layoutsAgree(dtype: DType, rows: Int) {
    let (inputs, outputs) = (130, 70)
    let (x, weight) = (values([rows, inputs]), stored([inputs, outputs], dtype))
    let plain = dequantised(weight).floats()
    let turned = Tensor(
      (0..<inputs * outputs).map { plain[$0 % inputs * outputs + $0 / inputs] },
      shape: [outputs, inputs])
    let tape = Tape(recording: false)
    let y = tape.linear(Variable(x), Variable(weight), layout: .inOut)
    expectClose(
      y.value.floats(), tape.linear(Variable(x), Variable(turned)).value.floats(),
      relative: 2e-6, floor: 11)
  }

  @Test func frozenWeightsPassGradientsOn() {
    let weight = stored([8, 32], .q8_0)
    let x = parameter([60, 32])
    expectGradients(of: [x]) { $0.linear(x, Variable(weight)) }
    let half = Variable(values([32, 8], seed: 2).converted(to: .bf16))
    expectGradients(of: [x]) { $0.linear(x, half, layout: .inOut) }
  }

  @Test(arguments: [(1, 1, 1), (3, 130, 65), (200, 64, 300), (129, 7, 1)])
  func productsMatchTheTwin(m: Int, k: Int, n: Int) {
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = values(transposeA ? [k, m] : [m, k])
      let b = values(transposeB ? [n, k] : [k, n], seed: 2)
      var twin = [Float](repeating: 0, count: m * n)
      ck_sgemm_scalar(
        transposeA, transposeB, m, n, k, 1, a.floats(), a.width, b.floats(), b.width, 0, &twin, n)
      let product = matmul(a, b, transposeA: transposeA, transposeB: transposeB)
      expectClose(product.floats(), twin, relative: 2e-6, floor: Float(k).squareRoot())

      // Without OpenBLAS: scaled, and added to what is there.
      var own = floats(m * n, seed: 3)
      var ownTwin = own
      ck_sgemm_own(
        transposeA, transposeB, m, n, k, 2, a.floats(), a.width, b.floats(), b.width, 0.5, &own, n)
      ck_sgemm_scalar(
        transposeA, transposeB, m, n, k, 2, a.floats(), a.width, b.floats(), b.width, 0.5,
        &ownTwin, n)
      expectClose(own, ownTwin, relative: 4e-6, floor: Float(k).squareRoot())
    }
  }

  /// 8 rows are 8 times one row, whatever else is in the batch.
  @Test func aRowDoesNotDependOnItsBatch() {
    let (x, w) = (values([8, 96]), Variable(values([40, 96], seed: 2)))
    let together = Tape(recording: false).linear(Variable(x), w).value
    for row in 0..<8 {
      let alone = Tape(recording: false).linear(Variable(x.rows(row..<row + 1)), w).value
      expectClose(together.rows(row..<row + 1).floats(), alone.floats(), relative: 1e-6, floor: 3)
    }
  }
}

/// Deterministic values stored as `dtype`; quantised blocks get random bytes with small scales.
func stored(_ shape: [Int], _ dtype: DType) -> Tensor {
  guard dtype.isQuantised else { return values(shape, seed: 2).converted(to: dtype) }
  let tensor = Tensor(zeros: shape, dtype: dtype)
  let (rng, bytes) = (CounterRNG(seed: 5), tensor.rawPointer)
  for index in 0..<tensor.byteCount {
    bytes.storeBytes(
      of: UInt8(rng.integer(UInt64(index), below: 256)), toByteOffset: index, as: UInt8.self)
  }
  // The f16 scales and minima of a block: 2⁻⁶ and so on, never NaN.
  let places: [Int] =
    switch dtype {
    case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
    case .q6_K: [208]
    default: [0]
    }
  for block in stride(from: 0, to: tensor.byteCount, by: dtype.blockBytes) {
    for place in places {
      bytes.storeBytes(of: UInt16(0x2400), toByteOffset: block + place, as: UInt16.self)
    }
  }
  return tensor
}
