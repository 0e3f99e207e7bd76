internal import CProcess
internal import Kernels

/// Calls into code that this program did not write, in this process.
public enum ForeignCode {
  /// Runs `body` with its stdout led to stderr, so that stdout holds this program's data only.
  ///
  /// A fault in it (a trap, a wild pointer, endless recursion) or an `exit()` cannot be survived;
  /// it ends the process with exit code 78 and one line: `error: SUBJECT: crashed with SIGILL
  /// DOING; HINT`. Calls may be nested and may overlap. Costs microseconds.
  ///
  /// - Parameters:
  ///   - subject: What is called: a path, or `reward 'x'`.
  ///   - doing: When: `in its entry function`, `while it scored responses`.
  ///   - hint: What the reader can do about it.
  public static func run<Result, Failure: Error>(
    _ subject: String, _ doing: String, hint: String, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let call = cp_foreign_enter(
      "error: \(excerpt(subject)): ", " \(excerpt(doing)); \(excerpt(hint, limit: 400))\n", 78)
    defer { cp_foreign_leave(call) }
    return try body()
  }
}
