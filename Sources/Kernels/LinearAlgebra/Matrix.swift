/// A dense matrix of doubles, row-major: what factorisations compute on.
///
/// A value: copies share the bytes until one of them is written. The arithmetic is in
/// `Matrix+Arithmetic.swift`, each factorisation in a file of its own.
public struct Matrix: Sendable {
  public let rows: Int
  public let columns: Int
  private var storage: Storage

  /// Zeros.
  public init(zeros rows: Int, by columns: Int) {
    self.init(rows, columns, Storage(byteCount: Self.byteCount(rows, columns)))
  }

  /// Ones on the diagonal of a square matrix, zeros elsewhere.
  public init(identity size: Int) {
    self.init(zeros: size, by: size)
    for index in 0..<size { pointer[index * (size + 1)] = 1 }
  }

  /// `values` row by row; there must be rows · columns of them.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(
      checkedProduct([rows, columns]) == values.count, "\(values.count) values, \(rows)×\(columns)")
    self.init(uninitialized: rows, by: columns)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  /// The values of a tensor of any floating or quantised dtype, f64 included, in bytes of their
  /// own.
  /// - Parameter shape: How to read it; by default the last dimension gives the columns and all
  ///   others together the rows, so that a vector is one row.
  public init(_ tensor: Tensor, shape: (rows: Int, columns: Int)? = nil) {
    let (rows, columns) = shape ?? (tensor.rows, tensor.width)
    precondition(
      checkedProduct([rows, columns]) == tensor.count, "\(tensor.shape) as \(rows)×\(columns)")
    precondition(tensor.dtype.isFloatingPoint, "a matrix of \(tensor.dtype)")
    self.init(uninitialized: rows, by: columns)
    if tensor.dtype == .f64 {
      UnsafeMutableRawPointer(pointer).copyMemory(
        from: tensor.rawPointer, byteCount: tensor.byteCount)
    } else {
      widen(dequantised(tensor))
    }
  }

  /// As f64, f32, bf16 or f16; the 16-bit types are rounded from f32.
  /// - Parameter shape: Of the same count; rows × columns by default.
  public func tensor(_ dtype: DType = .f32, shape: [Int]? = nil) -> Tensor {
    let shape = shape ?? [rows, columns]
    precondition(checkedProduct(shape) == count, "\(rows)×\(columns) as \(shape)")
    let result = Tensor(uninitialized: shape, dtype: dtype == .f64 ? .f64 : .f32)
    if dtype == .f64 {
      result.rawPointer.copyMemory(from: pointer, byteCount: 8 * count)
      return result
    }
    let (from, to) = (pointer, result.floatPointer)
    ThreadPool.shared.parallel(over: count, grain: elementGrain) {
      for index in $0 { to[index] = Float(from[index]) }
    }
    return result.converted(to: dtype)
  }

  public subscript(row: Int, column: Int) -> Double {
    get {
      precondition(holds(row, column), "[\(row), \(column)] of \(rows)×\(columns)")
      return pointer[row * columns + column]
    }
    set {
      precondition(holds(row, column), "[\(row), \(column)] of \(rows)×\(columns)")
      unshare()
      pointer[row * columns + column] = newValue
    }
  }

  /// All values, row by row.
  public var values: [Double] {
    Array(UnsafeBufferPointer(start: pointer, count: count))
  }

  /// The values of one row.
  public func row(_ index: Int) -> [Double] {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)×\(columns)")
    return Array(UnsafeBufferPointer(start: pointer + index * columns, count: columns))
  }

  /// The values of one column.
  public func column(_ index: Int) -> [Double] {
    precondition(index >= 0 && index < columns, "column \(index) of \(rows)×\(columns)")
    return (0..<rows).map { pointer[$0 * columns + index] }
  }

  /// rows · columns.
  public var count: Int { rows * columns }

  // MARK: Inside this room

  /// Any content: for results that are written whole before they are read.
  init(uninitialized rows: Int, by columns: Int) {
    self.init(rows, columns, Storage(uninitializedByteCount: Self.byteCount(rows, columns)))
  }

  /// The first value. Only a matrix that nobody else holds may be written through it.
  var pointer: UnsafeMutablePointer<Double> {
    storage.base.assumingMemoryBound(to: Double.self)
  }

  /// Gives the matrix bytes of its own when it shares them, before they are written.
  mutating func unshare() {
    if isKnownUniquelyReferenced(&storage) { return }
    let own = Storage(uninitializedByteCount: 8 * count)
    own.base.copyMemory(from: storage.base, byteCount: 8 * count)
    storage = own
  }

  private init(_ rows: Int, _ columns: Int, _ storage: Storage) {
    self.rows = rows
    self.columns = columns
    self.storage = storage
  }

  private func holds(_ row: Int, _ column: Int) -> Bool {
    row >= 0 && row < rows && column >= 0 && column < columns
  }

  private func widen(_ tensor: Tensor) {
    let (from, to) = (tensor.floatPointer, pointer)
    withExtendedLifetime(tensor) {
      ThreadPool.shared.parallel(over: count, grain: elementGrain) {
        for index in $0 { to[index] = Double(from[index]) }
      }
    }
  }

  private static func byteCount(_ rows: Int, _ columns: Int) -> Int {
    guard let bytes = DType.f64.byteCount(shape: [rows, columns]) else {
      preconditionFailure("no matrix of \(rows)×\(columns)")
    }
    return bytes
  }
}

extension Matrix: Equatable {
  public static func == (a: Matrix, b: Matrix) -> Bool {
    a.rows == b.rows && a.columns == b.columns
      && (0..<a.count).allSatisfy { a.pointer[$0] == b.pointer[$0] }
  }
}
