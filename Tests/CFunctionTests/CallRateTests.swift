import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import CFunction

/// How many rows a second go through a function that does nothing, beside the same loop in C. Run by
/// `CRUCIBLE_BENCH=1 swift test … --filter CallRateTests`; the figures are printed.
@Suite(
  .enabled(
    if: Compiler.c.isThere && ProcessInfo.processInfo.environment["CRUCIBLE_BENCH"] != nil,
    "CRUCIBLE_BENCH is not set"))
struct CallRateTests {
  private static let source = """
    #include <stddef.h>
    #include <time.h>
    double first(const char *prompt, const char *response) { return response[0] + prompt[0]; }
    double constant(double x) { return x; }
    void all(const char **prompts, const char **responses, size_t n, double *scores) {
      for (size_t i = 0; i < n; i++) scores[i] = first(prompts[i], responses[i]);
    }
    double loop(const char *prompt, const char *response) {
      double (*volatile f)(const char *, const char *) = first;
      struct timespec a, b;
      double sum = 0;
      clock_gettime(CLOCK_MONOTONIC, &a);
      for (int i = 0; i < 10000000; i++) sum += f(prompt, response);
      clock_gettime(CLOCK_MONOTONIC, &b);
      return sum < 0 ? 0 : 1e7 / ((b.tv_sec - a.tv_sec) + 1e-9 * (b.tv_nsec - a.tv_nsec));
    }
    """

  @Test func rowsASecond() throws {
    let built = try Built(Self.source)
    let rows = (0..<20_000).map {
      row("What is \($0)?", String(repeating: "an answer of some length ", count: 8))
    }
    func rate(_ options: String) throws -> Double {
      let reward = try built.reward(options)
      var best = 0.0
      for _ in 0..<5 {
        let start = ContinuousClock.now
        let scores = try reward.judge(rows)
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        #expect(scores.allSatisfy { $0.failure == nil })
        best = max(best, Double(rows.count) / elapsed)
      }
      return best
    }
    let inC = try built.reward("{symbol: loop, signature: 'f64(cstr prompt, cstr response)'}")
      .judge([rows[0]])[0].value
    print("C loop                     ", Int(inC), "calls/s")
    for (title, options) in [
      ("f64(f64 x)", "{symbol: constant, signature: 'f64(f64 x)', constants: {x: 1}}"),
      ("row, two cstr", "{symbol: first, signature: 'f64(cstr prompt, cstr response)'}"),
      (
        "row, two cstr, parallel",
        "{symbol: first, signature: 'f64(cstr prompt, cstr response)', parallel: true}"
      ),
      (
        "batch, two cstr*",
        "{symbol: all, signature: 'void(cstr* prompts, cstr* responses, usize n, f64* scores)'}"
      ),
    ] {
      let rate = try rate(options)
      print(title.padding(toLength: 27, withPad: " ", startingAt: 0), Int(rate), "rows/s")
      #expect(rate > 10_000, "a row costs microseconds")
    }
  }
}
