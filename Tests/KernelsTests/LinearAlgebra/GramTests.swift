import Testing

@testable import Kernels

/// Inner products of columns, and who sees what enters a product.
struct GramTests {
  @Test(arguments: [(1, 1), (3, 5), (7, 64), (200, 65)])
  func addsProductsOfColumns(rows: Int, width: Int) {
    let random = CounterRNG(seed: 2)
    let values = (0..<rows * width).map { Float(random.normal(UInt64($0))) }
    let gram = Tensor([Float](repeating: 1, count: width * width), shape: [width, width])
    addGram(of: Tensor(values, shape: [rows, width]), to: gram)
    let found = gram.floats()
    for i in 0..<width {
      for j in 0..<width {
        let wanted = (0..<rows).reduce(1.0) {
          $0 + Double(values[$1 * width + i]) * Double(values[$1 * width + j])
        }
        let isNear = abs(Double(found[i * width + j]) - wanted) <= 1e-6 * Double(rows + 1)
        #expect(isNear, "f32 sums of \(rows) products")
      }
    }
  }

  @Test func observersSeeEveryProductAndChangeNothing() {
    let x = Variable(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
    let weight = Variable(Tensor([1, 0, 2, 1, 0, 3] as [Float], shape: [3, 2]), name: "w")
    let plain = Tape(recording: false).linear(x, weight).value.floats()
    var seen: [LinearCall] = []
    let tape = Tape(recording: false)
    tape.linearObserver = { seen.append($0) }
    #expect(tape.linear(x, weight).value.floats() == plain)
    _ = tape.linear(
      x, Variable(Tensor([1, 0, 2, 1] as [Float], shape: [2, 2])), layout: .inOut)
    #expect(seen.count == 2 && seen[0].weight === weight && seen[0].layout == .outIn)
    #expect(seen.allSatisfy { $0.input.floats() == [1, 2, 3, 4] } && seen[1].layout == .inOut)
  }
}
