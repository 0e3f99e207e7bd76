import PluginAPI
import TestSupport
import Testing

@testable import CFunction

@Suite(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
struct BatchFunctionTests {
  private static let built = Result {
    try Built(
      """
      #include <stddef.h>
      #include <stdint.h>
      #include <stdio.h>
      #include <string.h>
      static int calls;
      void lengths(const char **p, const char **r, size_t n, double *scores) {
        for (size_t i = 0; i < n; i++) scores[i] = 100.0 * strlen(p[i]) + strlen(r[i]);
      }
      void zeros(const uint8_t **r, const size_t *len, int32_t n, float *scores) {
        for (int32_t i = 0; i < n; i++) {
          scores[i] = 0;
          for (size_t j = 0; j < len[i]; j++) scores[i] += r[i][j] == 0;
        }
      }
      void fields(const double *x, const int32_t **t, const int64_t *t_len, double scale, size_t n,
                  double *scores) {
        for (size_t i = 0; i < n; i++) scores[i] = scale * x[i] + (t_len[i] ? t[i][0] : 0);
      }
      void half(size_t n, double *scores) { for (size_t i = 0; i < n / 2; i++) scores[i] = 1; }
      void spill(size_t n, double *scores) { for (size_t i = 0; i <= n; i++) scores[i] = 1; }
      int fails(size_t n, double *scores) { return -3; }
      int32_t explained(const char **r, size_t n, double *scores, char **errors, size_t errors_len) {
        for (size_t i = 0; i < n; i++) {
          scores[i] = i;
          if (*r[i] == 'b') snprintf(errors[i], errors_len, "bad: %s", r[i]);
        }
        return 0;
      }
      void best(const char **r, size_t n, double *scores) {
        size_t top = 0;
        for (size_t i = 0; i < n; i++) if (strlen(r[i]) > top) top = strlen(r[i]);
        for (size_t i = 0; i < n; i++) scores[i] = (strlen(r[i]) == top) + 10.0 * n;
      }
      """)
  }

  private func said(_ options: String, _ rows: [Completion]) throws -> [String] {
    try Self.built.get().reward(options).said(rows)
  }

  private static let lengths =
    "symbol: lengths\nsignature: void(cstr* prompts, cstr* responses, usize n, f64* scores)\n"

  @Test(arguments: [1, 2, 33])
  func oneCallABatch(count: Int) throws {
    let rows = (0..<count).map { row("é", String(repeating: "x", count: $0)) }
    #expect(try said(Self.lengths, rows) == (0..<count).map { "\(Float(200 + $0))" })
  }

  @Test func rowsThatCannotBePassedAreLeftOut() throws {
    let rows = [row("p", "a"), row("p", "a\u{0}"), row("p", "abc")]
    #expect(
      try said(Self.lengths, rows) == [
        "101.0", "the response holds a NUL, which would end a cstr: take it as bytes", "103.0",
      ])
    #expect(try said(Self.lengths, [rows[1]]).count == 1, "nothing is left to call with")
  }

  @Test func lengthsAndFloats() throws {
    let rows = [row("p", "a\u{0}\u{0}"), row("p", "")]
    for parameters in ["u8** responses, usize* responses_len", "bytes* responses"] {
      #expect(
        try said("{symbol: zeros, signature: 'void(\(parameters), i32 n, f32* scores)'}", rows)
          == ["2.0", "0.0"])
    }
  }

  @Test func fieldsTokensAndConstants() throws {
    let options = """
      symbol: fields
      signature: >-
        void(f64?* fields.x, i32** tokens, i64* tokens_len, f64 scale, usize n, f64* scores)
      constants: {scale: 2}
      """
    let rows = [
      row("p", "r", fields: ["x": 3], tokens: [7]), row("p", "r", tokens: [7]),
      row("p", "", fields: ["x": 1]), row("p", "r", fields: ["x": "y"], tokens: [7]),
    ]
    #expect(
      try said(options, rows)
        == ["13.0", "fields gave NaN", "2.0", "fields.x is \"y\", which f64 cannot hold"])
  }

  @Test func whatIsNotWrittenIsAFailedRow() throws {
    let rows = ["a", "b", "c"].map { row("p", $0) }
    #expect(
      try said("{symbol: half, signature: 'void(usize n, f64* scores)'}", rows)
        == ["1.0", "half gave NaN", "half gave NaN"])
  }

  @Test func aScoreTooManyStopsTheReward() throws {
    let reward = try Self.built.get().reward(
      "{symbol: spill, signature: 'void(usize n, f64* scores)'}")
    let problem = #expect(throws: Problem.self) { try reward.judge([row("p", "r")]) }
    #expect(problem?.what == "'spill' wrote past the end of 'scores'")
  }

  @Test func aStatusFailsTheWholeCall() throws {
    #expect(
      try said("{symbol: fails, signature: 'i32(usize n, f64* scores)'}", [row("p", "r")])
        == ["fails returned status -3"])
  }

  @Test func everyRowHasItsOwnReason() throws {
    let signature =
      "i32(cstr* responses, usize n, f64* scores, char** errors, usize errors_len)"
    #expect(
      try said(
        "{symbol: explained, signature: '\(signature)'}",
        ["a", "bb", "c"].map { row("p", $0) }) == ["0.0", "bad: bb", "2.0"])
  }

  @Test(arguments: ["false", "true"])
  func promptScopeIsOneCallAPrompt(parallel: String) throws {
    let options = """
      {symbol: best, signature: 'void(cstr* responses, usize n, f64* scores)', scope: prompt,
       parallel: \(parallel)}
      """
    let reward = try Self.built.get().reward(options)
    #expect(reward.scope == .prompt)
    let rows = [
      row("p", "a", id: "1"), row("p", "bb", id: "1"), row("p", "c", id: "2"),
      row("p", "", id: "3"), row("p", "", id: "3"), row("p", "d", id: "3"),
    ]
    #expect(try reward.said(rows) == ["20.0", "21.0", "11.0", "30.0", "30.0", "31.0"])
  }

  @Test func threadsShareABatch() throws {
    let rows = (0..<101).map { row("p", String(repeating: "x", count: $0)) }
    #expect(try said(Self.lengths + "parallel: true", rows) == said(Self.lengths, rows))
  }
}
