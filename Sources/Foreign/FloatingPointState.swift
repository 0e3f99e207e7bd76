internal import Glibc

/// Runs `body` and sets rounding, flush-to-zero and exception flags of this thread back to what
/// they were: a library built with -ffast-math may change them when it is opened, and every sum
/// computed here afterwards with them.
public func withUnchangedArithmetic<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  var state = fenv_t()
  let isKept = fegetenv(&state) == 0
  defer { if isKept { fesetenv(&state) } }
  return try body()
}
