import Formats
import Kernels
import Testing

struct JSONTests {
  private func parse(_ text: String, _ limits: JSONLimits = .default) throws -> JSON {
    try JSON.parse(text, source: "t.json", limits: limits)
  }

  private func message(_ bytes: [UInt8], _ limits: JSONLimits = .default) -> String {
    do {
      return "accepted: \(try JSON.parse(bytes, source: "t.json", limits: limits))"
    } catch { return error.description }
  }

  @Test func readsEveryKindOfValue() throws {
    let value = try parse(#" {"a": [1, -2.5, 1e3, true, false, null], "b": {"c": "d"}} "#)
    #expect(value["a"] == [1, -2.5, .number(1000), true, false, nil])
    #expect(value["b"]?["c"]?.string == "d")
    #expect(value["a"]?[0]?.int == 1 && value["a"]?[2]?.int == nil && value["a"]?[9] == nil)
  }

  @Test func keepsTheOrderOfKeys() throws {
    let keys = (0..<40).map { "k\(($0 * 17) % 40)" }
    let text = "{" + keys.map { "\"\($0)\": 1" }.joined(separator: ",") + "}"
    #expect(try parse(text).object?.keys == keys)
  }

  @Test func readsWholeNumbersExactlyAndWiderOnesAsDoubles() throws {
    #expect(try parse("9223372036854775807") == .int(.max))
    #expect(try parse("-9223372036854775808") == .int(.min))
    #expect(try parse("18446744073709551616") == .number(18_446_744_073_709_551_616))
    #expect(try parse("9223372036854775808").int == nil)
  }

  @Test func decodesEscapesAndSurrogatePairs() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\té 😀""#).string == "\"\\/\u{8}\u{c}\n\r\té 😀")
    #expect(try parse(#""é\u00E9\ud83d\ude00\u0000""#).string == "éé😀\u{0}")
  }

  @Test(arguments: [
    (#"{"a": NaN}"#, "t.json:1:7: NaN is not JSON"), ("[Infinity]", "Infinity is not JSON"),
    ("[-Infinity]", "a number without digits"), ("1e999", "out of range"),
    (#""\ud800""#, #"t.json:1:2: \ud800 is half a surrogate pair"#),
    (#""\ud800A""#, "half a surrogate"), (#""\udc00""#, "half a surrogate"),
    (#""\u12""#, "incomplete"), (#""\x""#, "unknown escape"), ("\"a\nb\"", "control character"),
    ("{\"a\" 1}", "after key 'a'"), ("{1: 2}", "where a key should be"), ("[1 2]", "',' or ']'"),
    ("[1,]", "']' is no JSON value"), ("01", "begins with 0"), ("1.", "ends in '.'"),
    ("1e", "exponent without digits"), ("-", "without digits"), ("", "ends where a value"),
    ("\n\n  {\"a\": \n tru}", "t.json:4:2: 't' is no JSON value (byte 12)"),
    ("[1] x", "'x' after the end"), ("\"abc", "does not end"), ("nul", "is no JSON value"),
  ])
  func refuses(text: String, saying expected: String) {
    #expect(message(Array(text.utf8)).contains(expected))
  }

  @Test func refusesInvalidUTF8AtItsByte() {
    #expect(message([0x22, 0x61, 0xFF, 0x22]).contains("t.json:1:3: a string that is not UTF-8"))
    #expect(message([0x22, 0x5C, 0x6E, 0xC0, 0x80, 0x22]).contains("(byte 3)"))
    #expect(message([0x5B, 0xFF]).contains("byte 0xFF is no JSON value"))
  }

  @Test func limitsDepthWithoutExhaustingTheStack() throws {
    let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    _ = try parse(deepest)
    #expect(message(Array(repeating: 0x5B, count: 100_000)).contains("deeper than 64"))
    #expect(message(Array(#"[[[1]]]"#.utf8), JSONLimits(depth: 2)).contains("deeper than 2"))
  }

  @Test func limitsValuesAndBytes() {
    #expect(message(Array("[1,2,3]".utf8), JSONLimits(values: 3)).contains("more than 3"))
    #expect(message(Array("[1,2,3]".utf8), JSONLimits(bytes: 3)).contains("7 bytes of JSON"))
  }

  @Test(arguments: [2, 30]) func handlesKeysThatComeTwice(count: Int) throws {
    let text =
      "{" + (0..<count).map { "\"k\($0)\": \($0)" }.joined(separator: ",") + ", \"k0\": 99}"
    #expect(try parse(text)["k0"] == 99)
    #expect(try parse(text).object?.count == count)
    #expect(message(Array(text.utf8), .strict).contains("'k0' comes twice"))
  }

  @Test func skipsAByteOrderMark() throws {
    #expect(try JSON.parse([0xEF, 0xBB, 0xBF, 0x31], source: "t") == 1)
  }

  @Test func roundTripsThroughText() throws {
    let value: JSON = [
      "text": "quote \" slash \\ newline \n nul \u{0} é 😀 \u{2028} \u{7f}",
      "numbers": [
        0, -1, .int(.max), .number(0.1), .number(.leastNonzeroMagnitude), .number(1e300),
        .number(3),
      ],
      "empty": [[], [:], ""], "flags": [true, false, nil],
    ]
    for pretty in [false, true] {
      let text = value.serialized(pretty: pretty)
      let back = try parse(text)
      #expect(back == value && back.object?.keys == value.object?.keys)
    }
    #expect(value.serialized(sortKeys: true).hasPrefix(#"{"empty":[[],{},""],"flags""#))
    #expect(JSON.number(.nan).serialized() == "null")
  }

  @Test func editsObjectsInPlace() {
    var value: JSON = ["a": 1, "b": 2]
    value["c"] = 3
    value["a"] = nil
    value["b"] = "two"
    #expect(value.serialized() == #"{"b":"two","c":3}"#)
    var large = JSONObject((0..<20).map { (key: "\($0)", value: .int($0)) })
    for key in 0..<15 { large["\(key)"] = nil }
    #expect(large.keys == ["15", "16", "17", "18", "19"] && large["17"] == 17)
  }

  @Test func neverTrapsOnDamagedText() throws {
    let text = Array(
      #"{"a": [1, -2.5e3, "x\u00e9\ud83d\ude00é"], "b": {"c": null, "d": true}}"#.utf8)
    for end in text.indices { #expect(throws: Problem.self) { try parseBytes(text[..<end]) } }
    for index in text.indices {
      for byte: UInt8 in [0, 0x22, 0x2D, 0x5B, 0x5C, 0x7B, 0x7D, 0x80, 0xED, 0xF4, 0xFF] {
        var damaged = text
        damaged[index] = byte
        _ = try? parseBytes(damaged[...])
      }
    }
  }

  private func parseBytes(_ bytes: ArraySlice<UInt8>) throws -> JSON {
    try JSON.parse(Array(bytes), source: "t.json")
  }
}
