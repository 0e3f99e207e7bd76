internal import CSQLite
import Kernels

/// An SQLite error, put into words a user can act on.
struct DatabaseFault {
  let code: Int32
  let message: String

  init(code: Int32, handle: OpaquePointer?) {
    self.code = code
    message = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
  }

  func problem(at path: String) -> Problem {
    switch code & 0xFF {
    case SQLITE_CORRUPT, SQLITE_NOTADB: return Self.damaged(path, message)
    case SQLITE_FULL:
      return Problem(
        .inputOutput, at: path, "the disk is full",
        hint: "free some space and run again with --resume; finished batches are kept")
    case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PROTOCOL:
      return Problem(
        .inputOutput, at: path, "reading or writing the store failed (\(message))",
        hint: "check the disk and run again with --resume; finished batches are kept")
    case SQLITE_BUSY, SQLITE_LOCKED:
      return Problem(
        .cannotWrite, at: path, "another process keeps the store locked",
        hint: "wait for it or end it, then run again with --resume")
    case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      return Problem(
        .cannotWrite, at: path, "the store cannot be opened for writing (\(message))",
        hint: "check the rights of the file and of its folder")
    default:
      return Problem(.inputOutput, at: path, "the store failed (SQLite \(code): \(message))")
    }
  }

  /// The store's file is not what was written there.
  static func damaged(_ path: String, _ detail: String) -> Problem {
    Problem(
      .badData, at: path, "the store is damaged or no store (\(detail))",
      hint: "move it away, say to \(quoted(path + ".damaged", limit: 400)), and run again: "
        + "responses and scores are then made anew")
  }
}
