import PluginAPI

/// The interpolation of every column of two tensors: of all elements that differ in their place on
/// the first axis only. Measuring takes one pass.
struct ColumnArcs {
  /// One coefficient a column.
  private let firsts: Vector
  private let seconds: Vector
  /// Keeps the vectors' memory.
  private let arena = VectorArena()
  private let rowsOfEntry: Int

  /// Of the sources' differences to the tensor's base, where it has one.
  init<Input>(_ tensor: TensorMerge<Input>, _ sources: [MergeSource], _ t: Double) {
    let (base, rowsOfEntry) = (tensor.base, tensor.shape.dropFirst().dropLast().reduce(1, *))
    let empty = ColumnSums(rows: rowsOfEntry, width: tensor.shape.last ?? 1)
    let sums = tensor.accumulate(by: .rows, from: empty) { block, sums in
      let vectors = block.vectors(of: sources, from: base)
      for row in 0..<block.rowCount {
        sums.add(
          block.row(row, of: vectors[0]), block.row(row, of: vectors[1]),
          at: Self.slot(ofRow: row, in: block, rowsOfEntry))
      }
    }.reduce(into: empty) { $0.add($1) }
    let arcs = sums.arcs(t)
    self.rowsOfEntry = rowsOfEntry
    (firsts, seconds) = (arena.vector(arcs.count), arena.vector(arcs.count))
    for (column, arc) in arcs.enumerated() {
      firsts[column] = Float(arc.first)
      seconds[column] = Float(arc.second)
    }
  }

  /// The columns that row `row` of a block runs through.
  func place(ofRow row: Int, in block: MergeBlock) -> Range<Int> {
    let slot = Self.slot(ofRow: row, in: block, rowsOfEntry)
    return slot * block.width..<(slot + 1) * block.width
  }

  func first(_ place: Range<Int>) -> Vector { firsts[place] }
  func second(_ place: Range<Int>) -> Vector { seconds[place] }

  /// Which row of its entry on the first axis a row is; 0 in matrices.
  private static func slot(ofRow row: Int, in block: MergeBlock, _ rowsOfEntry: Int) -> Int {
    (block.elements.lowerBound / block.width + row) % rowsOfEntry
  }
}

/// Squared lengths and dot products of columns, row of an entry after row.
private struct ColumnSums {
  private var ones: [[Double]]
  private var others: [[Double]]
  private var products: [[Double]]

  init(rows: Int, width: Int) {
    ones = [[Double]](repeating: [Double](repeating: 0, count: width), count: rows)
    (others, products) = (ones, ones)
  }

  mutating func add(_ one: Vector, _ other: Vector, at slot: Int) {
    one.addProducts(with: one, to: &ones[slot])
    other.addProducts(with: other, to: &others[slot])
    one.addProducts(with: other, to: &products[slot])
  }

  mutating func add(_ sums: ColumnSums) {
    for slot in ones.indices {
      for column in ones[slot].indices {
        ones[slot][column] += sums.ones[slot][column]
        others[slot][column] += sums.others[slot][column]
        products[slot][column] += sums.products[slot][column]
      }
    }
  }

  func arcs(_ t: Double) -> [Arc] {
    ones.indices.flatMap { slot in
      ones[slot].indices.map { column in
        Arc(
          squares: (ones[slot][column], others[slot][column]), product: products[slot][column],
          t: t)
      }
    }
  }
}
