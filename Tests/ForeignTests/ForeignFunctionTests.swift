import Kernels
import TestSupport
import Testing

@testable import Foreign

@Suite(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
struct ForeignFunctionTests {
  private static let source = """
    #include <stddef.h>
    #include <stdint.h>
    #include <string.h>
    #include <stdbool.h>
    #define SAME(T, name) T same_##name(T x) { return x; }
    SAME(float, f32) SAME(double, f64) SAME(int8_t, i8) SAME(int16_t, i16) SAME(int32_t, i32)
    SAME(int64_t, i64) SAME(ptrdiff_t, isize) SAME(uint8_t, u8) SAME(uint16_t, u16)
    SAME(uint32_t, u32) SAME(uint64_t, u64) SAME(size_t, usize) SAME(bool, bool)
    double mixed(double a, int32_t b, float c, uint8_t d, int64_t e, double f, float g, int16_t h,
                 double i, double j, double k, double l, bool m, size_t n, int8_t o, uint32_t p) {
      return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j + 11*k + 12*l + 13*m + 14*n
        + 15*o + 16*p;
    }
    size_t length(const char *x) { return x ? strlen(x) : 999; }
    int64_t sum(const unsigned char *x, size_t x_len) {
      int64_t s = 0;
      for (size_t i = 0; i < x_len; i++) s += x[i];
      return s;
    }
    double all(const char **texts, const unsigned char **raw, const size_t *raw_len,
               const float *weights, const int32_t **tokens, const size_t *tokens_len, size_t n) {
      double s = 0;
      for (size_t i = 0; i < n; i++) {
        s += weights[i] * (texts[i] ? strlen(texts[i]) : 1000) + raw_len[i];
        for (size_t j = 0; j < tokens_len[i]; j++) s += 100000.0 * tokens[i][j];
      }
      return s;
    }
    void *make(void) { static int x; return &x; }
    void *nothing(void) { return NULL; }
    void halve(const double *x, size_t n, double *out) { for (size_t i = 0; i < n; i++) out[i] = x[i] / 2; }
    void spill(double *out, size_t n) { for (size_t i = 0; i <= n; i++) out[i] = 1; }
    void say(char *text, size_t text_len) { memset(text, 'x', text_len); }
    """

  private static let built = Result { () throws -> (TestFolder, ForeignLibrary) in
    let folder = try TestFolder()
    return (folder, try ForeignLibrary(path: Compiler.c.library("f", source, in: folder.path)))
  }

  private func function(_ name: String, _ signature: String) throws -> ForeignFunction {
    try Self.built.get().1.function(name, ForeignSignature(signature))
  }

  /// Values at the ends of each type's range.
  static let scalars: [(ForeignScalar, [ForeignNumber])] = [
    (.f32, [.real(0.5), .real(-0x1.8p100), .real(.infinity)]),
    (.f64, [.real(1e300), .real(-0.1), .whole(7)]),
    (.i8, [.whole(-128), .whole(127)]), (.i16, [.whole(-32768), .whole(32767)]),
    (.i32, [.whole(-2_147_483_648), .whole(2_147_483_647)]),
    (.i64, [.whole(.min), .whole(.max)]), (.isize, [.whole(.min), .whole(-1)]),
    (.u8, [.whole(255), .whole(0)]), (.u16, [.whole(65535)]), (.u32, [.whole(4_294_967_295)]),
    (.u64, [.whole(.max), .real(18_446_744_073_709_549_568)]), (.usize, [.whole(5), .real(1e19)]),
    (.bool, [.flag(true), .flag(false)]),
  ]

  @Test(arguments: scalars.indices)
  func everyScalarPassesBothWays(_ index: Int) throws {
    let (scalar, values) = Self.scalars[index]
    let name = scalar.rawValue
    let same = try function("same_\(name)", "\(name)(\(name) x)")
    let frame = ForeignFrame(for: same)
    for value in values {
      frame.reset()
      frame.set(0, number: value)
      guard case .number(let result) = same.call(frame) else {
        Issue.record("no number came back")
        return
      }
      #expect(result.double == value.double, "\(name)")
    }
  }

  @Test func integersRefuseWhatTheyCannotHold() {
    #expect(!ForeignScalar.i8.accepts(.whole(128)))
    #expect(!ForeignScalar.u8.accepts(.whole(-1)))
    #expect(!ForeignScalar.u64.accepts(.whole(-1)))
    #expect(!ForeignScalar.i32.accepts(.real(0.5)))
    #expect(!ForeignScalar.i64.accepts(.real(1e19)))
    #expect(!ForeignScalar.i32.accepts(.real(.nan)))
    #expect(!ForeignScalar.f32.accepts(.real(1e300)))
    #expect(!ForeignScalar.f64.accepts(.flag(true)))
    #expect(!ForeignScalar.bool.accepts(.whole(1)))
    #expect(ForeignScalar.i32.accepts(.real(3)), "a whole number written as 3.0")
  }

  @Test func moreArgumentsThanRegisters() throws {
    let types = "f64 i32 f32 u8 i64 f64 f32 i16 f64 f64 f64 f64 bool usize i8 u32"
      .split(separator: " ")
    let list = types.enumerated().map { "\($1) p\($0)" }.joined(separator: ", ")
    let mixed = try function("mixed", "f64(\(list))")
    let frame = ForeignFrame(for: mixed)
    var expected = 0.0
    for (index, type) in types.enumerated() {
      let value: ForeignNumber =
        type == "bool"
        ? .flag(true) : .whole(Int64(index) - 7 < 0 && type.hasPrefix("u") ? 3 : Int64(index) - 7)
      frame.set(index, number: value)
      expected += Double(index + 1) * value.double
    }
    #expect(mixed.call(frame) == .number(.real(expected)))
  }

  @Test func textsArriveWithLengthAndNUL() throws {
    let length = try function("length", "usize(cstr? x)")
    let frame = ForeignFrame(for: length)
    for (text, count) in [("", 0), ("abc", 3), ("größe 🎈", 12), (nil, 999)] as [(String?, Int64)] {
      frame.reset()
      frame.set(0, text: text)
      #expect(length.call(frame) == .number(.whole(count)))
    }
    let sum = try function("sum", "i64(bytes x)")
    let bytes = ForeignFrame(for: sum)
    bytes.set(0, text: "a\u{0}b")
    #expect(sum.call(bytes) == .number(.whole(97 + 98)), "what follows a NUL counts")
  }

  @Test func arraysOfTextsNumbersAndTokens() throws {
    let all = try function(
      "all",
      "f64(cstr?* texts, bytes* raw, f32* weights, i32** tokens, usize* tokens_len, usize n)")
    let frame = ForeignFrame(for: all)
    frame.set(0, texts: ["ab", nil, ""])
    frame.set(1, texts: ["x\u{0}", "", "yyyy"])
    frame.set(2, numbers: [.real(0.5), .whole(1), .whole(2)])
    frame.set(3, tokenLists: [[1, 2], [], [3]])
    frame.set(4, numbers: [.whole(2), .whole(0), .whole(1)])
    frame.set(5, number: .whole(3))
    #expect(all.call(frame) == .number(.real(1 + 2 + 1000 + 4 + 600_000)))
  }

  @Test func manyLongTextsKeepTheirPlaces() throws {
    let all = try function(
      "all",
      "f64(cstr?* texts, bytes* raw, f32* weights, i32** tokens, usize* tokens_len, usize n)")
    let frame = ForeignFrame(for: all)
    // Past several chunks of the arena: an array that moved would lose what points into it.
    let texts = (0..<300).map { String(repeating: "é", count: $0 * 7) }
    for _ in 0..<2 {
      frame.reset()
      frame.set(0, texts: texts)
      frame.set(1, texts: texts)
      frame.set(2, numbers: texts.map { _ in .whole(1) })
      frame.set(3, tokenLists: texts.map { _ in [] })
      frame.set(4, numbers: texts.map { _ in .whole(0) })
      frame.set(5, number: .whole(300))
      let bytes = texts.reduce(0) { $0 + $1.utf8.count }
      #expect(all.call(frame) == .number(.real(2 * Double(bytes))))
    }
  }

  @Test func pointersComeBackAsTheyWent() throws {
    let make = try function("make", "ptr()")
    guard case .pointer(let pointer) = make.call(ForeignFrame(for: make)) else {
      Issue.record("no pointer came back")
      return
    }
    #expect(!pointer.isNull)
    let nothing = try function("nothing", "ptr()")
    #expect(nothing.call(ForeignFrame(for: nothing)) == .pointer(ForeignPointer(address: 0)))
  }

  @Test func outputsAreNaNUntilWrittenAndGuarded() throws {
    let halve = try function("halve", "void(f64* x, usize n, f64* out)")
    let frame = ForeignFrame(for: halve)
    frame.set(0, numbers: [.whole(1), .whole(3)])
    frame.set(1, number: .whole(1))
    frame.reserve(2, numbers: 2)
    _ = halve.call(frame)
    #expect(frame.overrun == nil)
    let written = frame.numbers(2)
    #expect(written[0] == 0.5 && written[1].isNaN)

    let spill = try function("spill", "void(f64* out, usize n)")
    let other = ForeignFrame(for: spill)
    other.reserve(0, numbers: 4)
    other.set(1, number: .whole(4))
    _ = spill.call(other)
    #expect(other.overrun == 0)
  }

  @Test func aTextWithoutNULEndsWithItsBuffer() throws {
    let say = try function("say", "void(char* text, usize text_len)")
    let frame = ForeignFrame(for: say)
    frame.reserve(0, textsOf: 16)
    frame.set(1, number: .whole(16))
    #expect(frame.text(0) == nil)
    _ = say.call(frame)
    #expect(frame.text(0) == String(repeating: "x", count: 16))
    #expect(frame.overrun == nil)
  }
}
