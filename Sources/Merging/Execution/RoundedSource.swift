/// Values rounded to the type that a merge computes in, as they are read.
struct RoundedSource: VectorSource {
  let source: any VectorSource
  let dtype: DType

  var shape: [Int] { source.shape }

  func read(from start: Int, into vector: Vector) {
    source.read(from: start, into: vector)
    vector.round(to: dtype)
  }
}

extension DType {
  /// The type that holds the values of both.
  func promoted(with other: DType) -> DType {
    if self == other { return self }
    return self == .f64 || other == .f64 ? .f64 : .f32
  }

  /// As configs of models name it.
  var configName: String {
    switch self {
    case .f64: "float64"
    case .bf16: "bfloat16"
    case .f16: "float16"
    default: "float32"
    }
  }
}
