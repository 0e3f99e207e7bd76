import PluginAPI

/// How much the columns of one model's matrix differ from the base's.
struct ColumnChanges {
  /// |‖Wₘ‖ − ‖W₀‖| of each column.
  var lengths: [Double]
  /// 1 − cos(Wₘ, W₀) of each column; NaN where one of them is zero.
  var directions: [Double]
  /// Some element differs.
  var isMoved: Bool

  /// From the squared lengths of a model's and the base's columns and their dot products.
  init(squares: [Double], base: [Double], products: [Double], isMoved: Bool) {
    lengths = zip(squares, base).map { abs($0.squareRoot() - $1.squareRoot()) }
    // One root of the product: of equal columns it gives exactly their square, thus exactly 0
    // here. Above 1 a cosine is rounding.
    directions = squares.indices.map { column in
      let cosine = products[column] / (squares[column] * base[column]).squareRoot()
      return cosine > 1 ? 0 : 1 - cosine
    }
    self.isMoved = isMoved
  }
}

extension TensorMerge {
  /// Of each input's matrix: a column is all elements in one place of the last axis. One pass.
  func columnChanges(from base: MergeSource) -> [ColumnChanges] {
    let empty = ChangeSums(models: inputs.count, columns: shape.last ?? 1)
    let sums = accumulate(by: .rows, from: empty) { block, sums in
      let origin = block.values(of: base)
      for row in 0..<block.rowCount {
        let part = block.row(row, of: origin)
        part.addProducts(with: part, to: &sums.base)
      }
      for (model, input) in inputs.enumerated() {
        let values = block.values(of: input.source)
        for row in 0..<block.rowCount {
          let (part, from) = (block.row(row, of: values), block.row(row, of: origin))
          part.addProducts(with: part, to: &sums.squares[model])
          part.addProducts(with: from, to: &sums.products[model])
        }
        values.subtract(origin)
        sums.distances[model] += values.sumOfMagnitudes
      }
    }
    return sums.reduce(into: empty) { $0.add($1) }.changes
  }

  /// Of each input's matrix, its rows taken as columns. One pass.
  func rowChanges(from base: MergeSource) -> [ColumnChanges] {
    let empty = ChangeSums(models: inputs.count, columns: 0)
    let sums = accumulate(by: .rows, from: empty) { block, sums in
      let origin = block.values(of: base)
      for row in 0..<block.rowCount {
        sums.base.append(block.row(row, of: origin).sumOfSquares)
      }
      for (model, input) in inputs.enumerated() {
        let values = block.values(of: input.source)
        for row in 0..<block.rowCount {
          let part = block.row(row, of: values)
          sums.squares[model].append(part.sumOfSquares)
          sums.products[model].append(part.dot(block.row(row, of: origin)))
        }
        values.subtract(origin)
        sums.distances[model] += values.sumOfMagnitudes
      }
    }
    return sums.reduce(into: empty) { $0.append($1) }.changes
  }

  /// Σ |Δ| of each input. One pass.
  func magnitudeSums(from base: MergeSource) -> [Double] {
    let zeros = [Double](repeating: 0, count: inputs.count)
    return accumulate(from: zeros) { block, sums in
      let origin = block.values(of: base)
      for (model, input) in inputs.enumerated() {
        sums[model] += block.delta(of: input.source, from: origin).sumOfMagnitudes
      }
    }.reduce(into: zeros) { sums, part in
      for model in sums.indices { sums[model] += part[model] }
    }
  }
}

/// Sums in f64 over the columns of the base's matrix and of every model's.
private struct ChangeSums {
  var base: [Double]
  var squares: [[Double]]
  var products: [[Double]]
  /// Σ |Δ| of each model.
  var distances: [Double]

  init(models: Int, columns: Int) {
    base = [Double](repeating: 0, count: columns)
    squares = [[Double]](repeating: base, count: models)
    products = squares
    distances = [Double](repeating: 0, count: models)
  }

  /// Of more elements of the same columns.
  mutating func add(_ other: ChangeSums) {
    for column in base.indices { base[column] += other.base[column] }
    for model in squares.indices {
      for column in base.indices {
        squares[model][column] += other.squares[model][column]
        products[model][column] += other.products[model][column]
      }
      distances[model] += other.distances[model]
    }
  }

  /// Of further columns.
  mutating func append(_ other: ChangeSums) {
    base += other.base
    for model in squares.indices {
      squares[model] += other.squares[model]
      products[model] += other.products[model]
      distances[model] += other.distances[model]
    }
  }

  var changes: [ColumnChanges] {
    squares.indices.map { model in
      ColumnChanges(
        squares: squares[model], base: base, products: products[model],
        isMoved: distances[model] != 0)
    }
  }
}
