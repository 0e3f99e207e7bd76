import Testing

@testable import Kernels

/// Values written into a tensor of another type.
struct TensorEncodingTests {
  @Test(arguments: [DType.f32, .f64, .bf16, .f16], [0, 1, 7, 8, 35])
  func valuesComeBack(dtype: DType, count: Int) {
    let arena = VectorArena()
    let tensor = Tensor(zeros: [count + 3], dtype: dtype)
    let values = arena.zeros(count)
    for index in 0..<count { values[index] = Float(index) - 2.5 }
    tensor.store(values, from: 2, scratch: arena)
    let read = arena.zeros(count + 3)
    tensor.read(from: 0, into: read)
    // Small halves are exact in every type; what lies around them is left alone.
    #expect(read.values == [0, 0] + (0..<count).map { Float($0) - 2.5 } + [0])
  }

  @Test func valuesAreRoundedAsConversionsRound() {
    let arena = VectorArena()
    let source = Tensor((0..<100).map { 1 / Float($0 + 3) }, shape: [100])
    for dtype in [DType.bf16, .f16] {
      let tensor = Tensor(zeros: [100], dtype: dtype)
      let values = arena.zeros(100)
      source.read(from: 0, into: values)
      tensor.store(values, from: 0, scratch: arena)
      let same = source.converted(to: dtype).withBytes { wanted in
        tensor.withBytes { $0.elementsEqual(wanted) }
      }
      #expect(same, "\(dtype)")
    }
  }
}
