internal import Glibc

/// The system calls that can fail while a file is saved. Tests replace them to fail the n-th one.
struct FileCalls: Sendable {
  var write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { Glibc.write($0, $1, $2) }
  var sync: @Sendable (Int32) -> Int32 = { fsync($0) }
  var rename: @Sendable (String, String) -> Int32 = { Glibc.rename($0, $1) }

  static let system = FileCalls()
}
