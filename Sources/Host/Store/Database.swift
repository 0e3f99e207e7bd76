internal import CSQLite
import Kernels

/// One connection to an SQLite file, with its prepared statements. Not thread-safe: the owner
/// lets one thread in at a time.
final class Database {
  let path: String
  private let handle: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]

  /// Opens or creates the file at `path`, whose folder must exist.
  ///
  /// - Parameters:
  ///   - busyTimeoutSeconds: How long a statement waits for another process's transaction.
  ///   - fileSystem: The name of a registered SQLite VFS; nil is the system's. Tests inject
  ///     faults here.
  init(path: String, busyTimeoutSeconds: Double = 60, fileSystem: String? = nil) throws(Problem) {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &opened, flags, fileSystem)
    guard let opened, code == SQLITE_OK else {
      let problem = DatabaseFault(code: code, handle: opened).problem(at: path)
      sqlite3_close_v2(opened)
      throw problem
    }
    self.path = path
    handle = opened
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, Int32(busyTimeoutSeconds * 1000))
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Runs statements that take no values and whose rows do not matter.
  func execute(_ sql: String) throws(Problem) {
    guard try executeUnlessBusy(sql) else { throw problem(SQLITE_BUSY) }
  }

  /// As `execute`; false when another connection holds a lock that this statement needs.
  func executeUnlessBusy(_ sql: String) throws(Problem) -> Bool {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code & 0xFF == SQLITE_BUSY { return false }
    guard code == SQLITE_OK else { throw problem(code) }
    return true
  }

  /// Runs one statement with `values` bound to its `?`, in order, and reads every row.
  ///
  /// The statement is prepared once per connection, so `sql` must be one of a few fixed texts;
  /// nothing from outside belongs into it.
  @discardableResult
  func query<Value>(
    _ sql: String, _ values: [SQLValue] = [], read: (Row) throws(Problem) -> Value
  ) throws(Problem) -> [Value] {
    let statement = try prepared(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      let code = value.bind(to: statement, at: Int32(index + 1))
      guard code == SQLITE_OK else { throw problem(code) }
    }
    var rows: [Value] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: rows.append(try read(Row(statement: statement)))
      case SQLITE_DONE: return rows
      case let code: throw problem(code)
      }
    }
  }

  /// Runs one statement that returns no rows; the number of rows it changed.
  @discardableResult
  func run(_ sql: String, _ values: [SQLValue] = []) throws(Problem) -> Int {
    try query(sql, values) { _ in }
    return Int(sqlite3_changes(handle))
  }

  /// Runs `body` as one transaction: all of its changes appear together, or none when it throws
  /// or the process dies.
  func transaction<Value>(
    writing: Bool, _ body: () throws(Problem) -> Value
  ) throws(Problem) -> Value {
    // A writer takes its lock at once: two readers that both want to write would deadlock.
    try execute(writing ? "BEGIN IMMEDIATE" : "BEGIN")
    do throws(Problem) {
      let value = try body()
      try execute("COMMIT")
      return value
    } catch {
      // A failed COMMIT may have rolled back by itself.
      if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }

  private func prepared(_ sql: String) throws(Problem) -> OpaquePointer {
    if let statement = statements[sql] { return statement }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard let statement, code == SQLITE_OK else { throw problem(code) }
    statements[sql] = statement
    return statement
  }

  private func problem(_ code: Int32) -> Problem {
    DatabaseFault(code: code, handle: handle).problem(at: path)
  }
}
