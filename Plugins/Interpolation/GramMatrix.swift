import PluginAPI

/// Dot products ⟨vᵢ,vⱼ⟩ of some vectors, in double: with them lengths, angles and means on a
/// sphere cost no further pass over the data.
///
/// A product is exact to some 1e-16 of ‖vᵢ‖‖vⱼ‖, so an angle from 0 or π is known to about 2e-8.
struct GramMatrix {
  let size: Int
  /// Symmetric, row after row.
  private var products: [Double]

  init(size: Int) {
    self.size = size
    products = [Double](repeating: 0, count: size * size)
  }

  init(size: Int, product: (Int, Int) -> Double) {
    self.size = size
    products = (0..<size * size).map { product($0 / size, $0 % size) }
  }

  subscript(row: Int, column: Int) -> Double { products[row * size + column] }

  /// ‖vᵢ‖
  func length(_ index: Int) -> Double { self[index, index].squareRoot() }

  /// ‖Σ aᵢvᵢ‖
  func length(of coefficients: [Double]) -> Double {
    // Rounding may leave a square just below 0.
    max(0, product(coefficients, coefficients)).squareRoot()
  }

  /// ⟨Σ aᵢvᵢ, Σ bᵢvᵢ⟩
  func product(_ a: [Double], _ b: [Double]) -> Double {
    (0..<size).reduce(0) { sum, row in
      sum + a[row] * (0..<size).reduce(0) { $0 + self[row, $1] * b[$1] }
    }
  }

  /// Adds the products of further elements of the vectors.
  mutating func add(_ vectors: [Vector]) {
    for row in 0..<size {
      products[row * size + row] += vectors[row].sumOfSquares
      for column in 0..<row {
        let product = vectors[row].dot(vectors[column])
        products[row * size + column] += product
        products[column * size + row] += product
      }
    }
  }

  mutating func add(_ other: GramMatrix) {
    for index in products.indices { products[index] += other.products[index] }
  }
}

extension MergeBlock {
  /// Every source's values, less the base's where there is one.
  func vectors(of sources: [MergeSource], from base: MergeSource?) -> [Vector] {
    guard let base else { return sources.map { values(of: $0) } }
    let origin = values(of: base)
    return sources.map { delta(of: $0, from: origin) }
  }
}

extension TensorMerge {
  /// The Gram matrix of whole tensors, of their differences to `base` where there is one: one pass.
  func gram(of sources: [MergeSource], from base: MergeSource? = nil) -> GramMatrix {
    accumulate(from: GramMatrix(size: sources.count)) { block, gram in
      gram.add(block.vectors(of: sources, from: base))
    }.reduce(into: GramMatrix(size: sources.count)) { $0.add($1) }
  }
}
