import PluginAPI
import TestSupport
import Testing

@testable import CFunction

@Suite(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
struct RowFunctionTests {
  private static let built = Result {
    try Built(
      """
      #include <math.h>
      #include <stdbool.h>
      #include <stddef.h>
      #include <stdint.h>
      #include <stdio.h>
      #include <string.h>
      double lengths(const char *p, const char *r) { return 100.0 * strlen(p) + strlen(r); }
      float equal(const char *r, const char *ref) { return strcmp(r, ref) == 0; }
      int32_t has_reference(const char *ref) { return ref != NULL; }
      bool is_short(const uint8_t *r, size_t n) { return n < 4; }
      double zeros(const uint8_t *r, size_t n) {
        double s = 0;
        for (size_t i = 0; i < n; i++) s += r[i] == 0;
        return s;
      }
      double weighted(double difficulty, int64_t n, bool flag, const char *level, double penalty) {
        return difficulty + 10 * n + 1000 * flag + strlen(level) - penalty;
      }
      double or_nan(double x) { return isnan(x) ? -1 : x; }
      uint8_t narrow(uint8_t n) { return n; }
      int64_t token_sum(const int32_t *t, size_t n) {
        int64_t s = 0;
        for (size_t i = 0; i < n; i++) s += t[i];
        return s;
      }
      double first(const char *json) { return json[0]; }
      double infinite(const char *r) { return *r == 'i' ? INFINITY : *r == 'h' ? 1e300 : NAN; }
      double explained(const char *r, char *error, size_t error_len) {
        if (*r == 'o') return 1;
        if (*r == 'f') memset(error, 0xFF, error_len);
        else if (*r == 'l') memset(error, 'x', error_len);
        else snprintf(error, error_len, "cannot read\\n%s", r);
        return 0;
      }
      double careless(char *error, size_t error_len) { memset(error, 'x', error_len + 1); return 0; }
      int status(const char *r, double *score) { *score = 0.5; return *r == 'b' ? 7 : 0; }
      void silent(double *score) { }
      """)
  }

  private func said(_ options: String, _ rows: [Completion]) throws -> [String] {
    try Self.built.get().reward(options).said(rows)
  }

  @Test func textsAreUTF8() throws {
    let said = try said(
      "{symbol: lengths, signature: 'f64(cstr prompt, cstr response)'}",
      [row("ab", "abc"), row("größe", ""), row("", "🎈")])
    #expect(said == ["203.0", "700.0", "4.0"])
  }

  @Test func everyRowHasItsOwnReference() throws {
    let rows = [row("p", "4", reference: "4"), row("p", "4", reference: "5"), row("p", "4")]
    #expect(
      try said("{symbol: equal, signature: 'f32(cstr response, cstr reference)'}", rows)
        == ["1.0", "0.0", "the row has no reference"])
    #expect(
      try said("{symbol: has_reference, signature: 'i32(cstr? reference)'}", rows)
        == ["1.0", "1.0", "0.0"])
  }

  /// Cut at the NUL it would get the score of another text.
  @Test func aNULInACStringFailsTheRow() throws {
    let rows = [row("p", "a\u{0}b"), row("p\u{0}", "a"), row("p", "a")]
    #expect(
      try said("{symbol: lengths, signature: 'f64(cstr prompt, cstr response)'}", rows) == [
        "the response holds a NUL, which would end a cstr: take it as bytes",
        "the prompt holds a NUL, which would end a cstr: take it as bytes", "101.0",
      ])
    for parameters in [
      "bytes response", "u8* response, usize response_len", "char* response, i64 response_len",
    ] {
      #expect(
        try said("{symbol: zeros, signature: 'f64(\(parameters))'}", rows)
          == ["1.0", "0.0", "0.0"])
    }
  }

  @Test func boolsAndByteLengths() throws {
    #expect(
      try said(
        "{symbol: is_short, signature: 'bool(bytes response)'}", [row("", "abc"), row("", "abcd")])
        == ["1.0", "0.0"])
  }

  @Test func fieldsOfTheRowAndConstants() throws {
    let options = """
      symbol: weighted
      signature: "f64(f64 fields.difficulty, i64 fields.meta.n, bool fields.flag, \
      cstr fields.level, f64 penalty)"
      constants: {penalty: 0.5}
      """
    func fields(_ n: JSON, _ level: JSON = "abc") -> JSONObject {
      ["difficulty": 2, "meta": ["n": n], "flag": true, "level": level]
    }
    let rows = [
      row("p", "r", fields: fields(3)), row("p", "r", fields: fields(3.0, [1, 2])),
      row("p", "r", fields: fields(3.5)), row("p", "r", fields: fields("3")),
      row("p", "r", fields: fields(nil)),
    ]
    #expect(
      try said(options, rows) == [
        "1034.5", "1036.5", "fields.meta.n is 3.5, which i64 cannot hold",
        "fields.meta.n is \"3\", which i64 cannot hold", "the row has no fields.meta.n",
      ])
  }

  @Test func missingNumbersAreNaNWhereThatIsSaid() throws {
    let rows = [row("p", "r", fields: ["x": 2]), row("p", "r")]
    #expect(
      try said("{symbol: or_nan, signature: 'f64(f64? fields.x)'}", rows) == ["2.0", "-1.0"])
    #expect(
      try said("{symbol: or_nan, signature: 'f64(f64 fields.x)'}", rows)
        == ["2.0", "the row has no fields.x"])
  }

  @Test func numbersOutOfRangeFailTheRow() throws {
    let rows = [300, -1, 255].map { row("p", "r", fields: ["n": .int($0)]) }
    #expect(
      try said("{symbol: narrow, signature: 'u8(u8 fields.n)'}", rows) == [
        "fields.n is 300, which u8 cannot hold", "fields.n is -1, which u8 cannot hold", "255.0",
      ])
  }

  @Test func tokensOfTheResponse() throws {
    let rows = [row("p", "r", tokens: [1, -2, 40]), row("p", ""), row("p", "r")]
    #expect(
      try said("{symbol: token_sum, signature: 'i64(i32* tokens, usize tokens_len)'}", rows)
        == ["39.0", "0.0", "the tokens of this response are not known"])
  }

  @Test func theWholeRowAsJSON() throws {
    let rows = [row("p", "r", fields: ["level": 2])]
    #expect(try said("{symbol: first, signature: 'f64(cstr json)'}", rows) == ["123.0"])
    let json = try JSON.parse(rows[0].text(.json) ?? "", source: "row")
    #expect(json["prompt"] == "p" && json["response"] == "r" && json["level"] == 2)
    #expect(json["messages"]?[0]?["role"] == "user" && json["reference"]?.isNull == true)
  }

  @Test func whatIsNoNumberIsAFailedRow() throws {
    let rows = ["i", "h", "n"].map { row("p", $0) }
    #expect(
      try said("{symbol: infinite, signature: 'f64(cstr response)'}", rows)
        == [
          "infinite gave inf", "infinite gave 1e+300, too large for a score", "infinite gave NaN",
        ])
  }

  @Test func aFunctionSaysWhyARowFailed() throws {
    let rows = ["ok", "zz", "ff", "ll"].map { row("p", $0) }
    let signature = "f64(cstr response, char* error, usize error_len)"
    let said = try said("{symbol: explained, signature: '\(signature)'}", rows)
    #expect(said[0] == "1.0")
    #expect(said[1] == "cannot read\\nzz", "one line")
    #expect(said[2] == String(repeating: "\u{FFFD}", count: 200) + "…", "no UTF-8 at all")
    #expect(said[3] == String(repeating: "x", count: 200) + "…", "no NUL at all")
  }

  @Test func aFunctionThatWritesTooMuchStopsTheReward() throws {
    let reward = try Self.built.get().reward(
      "{symbol: careless, signature: 'f64(char* error, usize error_len)'}")
    let problem = #expect(throws: Problem.self) { try reward.judge([row("p", "r")]) }
    #expect(problem?.what == "'careless' wrote past the end of 'error'")
  }

  @Test func theScoreMayBeWrittenAndTheResultAStatus() throws {
    #expect(
      try said(
        "{symbol: status, signature: 'i32(cstr response, f64* score)'}",
        [row("p", "good"), row("p", "bad")]) == ["0.5", "status returned status 7"])
    #expect(
      try said("{symbol: silent, signature: 'void(f64* score)'}", [row("p", "r")])
        == ["silent gave NaN"])
  }

  /// What the host makes of a reason: one line of at most 200 characters.
  @Test func theHostSeesOneBoundedLine() throws {
    let options =
      "{symbol: explained, signature: 'f64(cstr response, char* error, usize error_len)'}"
    let handle = RewardHandle(
      name: "cfunction", weight: 1, model: try Self.built.get().reward(options), options: "",
      library: "")
    let failure = try handle.judge([row("p", "ff")])[0].failure
    #expect(failure?.unicodeScalars.count == 201)
  }

  @Test func anyNumberOfThreadsGivesTheSameScores() throws {
    let rows = (0..<500).map { row("p", String(repeating: "x", count: $0)) }
    let options = "symbol: lengths\nsignature: f64(cstr prompt, cstr response)\nparallel: "
    #expect(try said(options + "true", rows) == said(options + "false", rows))
  }

  @Test func anEmptyBatchHasNoScores() throws {
    #expect(try said("{symbol: zeros, signature: 'f64(bytes response)'}", []).isEmpty)
  }
}
