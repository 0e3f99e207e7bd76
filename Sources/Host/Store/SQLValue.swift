internal import CSQLite

/// A value bound to a `?` of a statement.
enum SQLValue {
  case null
  case int(Int64)
  /// SQLite keeps a NaN as null.
  case real(Double)
  case text(String)
  case blob([UInt8])

  init(_ value: Double?) { self = value.map { .real($0) } ?? .null }
  init(_ value: String?) { self = value.map { .text($0) } ?? .null }

  /// Binds a copy of the value to parameter `index` (from 1); SQLite's result code.
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    switch self {
    case .null: return sqlite3_bind_null(statement, index)
    case .int(let value): return sqlite3_bind_int64(statement, index, value)
    case .real(let value): return sqlite3_bind_double(statement, index, value)
    case .text(let text):
      return text.utf8CString.withUnsafeBufferPointer { bytes in
        let count = UInt64(bytes.count - 1)
        return sqlite3_bind_text64(
          statement, index, bytes.baseAddress, count, Self.copied, UInt8(SQLITE_UTF8))
      }
    case .blob(let bytes):
      guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
      return sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), Self.copied)
    }
  }

  /// SQLITE_TRANSIENT, a macro that Swift does not import: the bytes are copied before bind returns.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// The row a statement stands on; valid until its next step.
struct Row {
  let statement: OpaquePointer

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

  /// The number, nil when the column is null.
  func real(_ column: Int32) -> Double? {
    isNull(column) ? nil : sqlite3_column_double(statement, column)
  }

  /// The text, NULs included; invalid UTF-8 is repaired.
  func text(_ column: Int32) -> String {
    String(decoding: bytes(column), as: UTF8.self)
  }

  func blob(_ column: Int32) -> [UInt8] { Array(bytes(column)) }

  /// The column's bytes, valid until the next step.
  private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: sqlite3_column_blob(statement, column),
      count: Int(sqlite3_column_bytes(statement, column)))
  }
}
