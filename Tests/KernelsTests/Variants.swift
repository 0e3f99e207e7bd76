import CKernels
import Testing

@testable import Kernels

/// The variants this processor runs besides the scalar twins, by name.
let variantNames: [String] = {
  var names: [String] = []
  while let variant = ck_operations_variant(names.count) {
    names.append(String(cString: variant.pointee.name))
  }
  return Array(names.dropFirst())
}()

/// The scalar twins, which are the specification.
let twins = operations(named: "scalar")

func operations(named name: String) -> ck_operations {
  var index = 0
  while let variant = ck_operations_variant(index) {
    if String(cString: variant.pointee.name) == name { return variant.pointee }
    index += 1
  }
  preconditionFailure("no variant \(name)")
}

/// Sizes that break loops of 4, 8 and 16 lanes: none, tails, whole vectors, four of them and more.
let awkwardSizes = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 35, 64, 67, 130, 576]

/// Deterministic values in about −`scale`...`scale`.
func floats(_ count: Int, seed: UInt64 = 1, scale: Float = 1) -> [Float] {
  let rng = CounterRNG(seed: seed)
  return (0..<count).map { scale * Float(2 * rng.uniform(UInt64($0)) - 1) }
}

/// Each value within `relative` of its twin, or of `floor` where that is larger.
func expectClose(
  _ actual: [Float], _ twin: [Float], relative: Float, floor: Float = 1e-6, _ note: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == twin.count, sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(actual, twin).enumerated() {
    guard !(a.isNaN && b.isNaN), a != b else { continue }
    let isClose = abs(a - b) <= relative * max(abs(b), floor)
    if !isClose {
      Issue.record("\(note)[\(index)]: \(a), twin \(b)", sourceLocation: sourceLocation)
      return
    }
  }
}
