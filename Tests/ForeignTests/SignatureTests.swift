import Testing

@testable import Foreign

struct SignatureTests {
  @Test func readsTypesAndNames() throws {
    let text = "void( cstr* prompts,u8 * * raw, usize n , f64?* fields.a-b.c_d,bytes? reference )"
    let signature = try ForeignSignature(text)
    #expect(signature.result == ForeignType(.void))
    #expect(
      signature.parameters.map { "\($0.type) \($0.name)" } == [
        "cstr* prompts", "u8** raw", "usize n", "f64?* fields.a-b.c_d", "bytes? reference",
      ])
    #expect(signature.parameters.map(\.typeOffset) == [6, 20, 32, 42, 63])
    #expect(signature.parameters.map(\.nameOffset) == [12, 27, 38, 48, 70])
    #expect(try ForeignSignature("i32()").parameters.isEmpty)
  }

  @Test func everyScalarIsATypeOfItsOwnName() throws {
    for scalar in ForeignScalar.allCases where scalar != .char {
      let signature = try ForeignSignature("\(scalar.rawValue)(\(scalar.rawValue) x)")
      #expect(signature.result.scalar == scalar)
      #expect(signature.parameters.first?.type.scalar == scalar)
    }
  }

  /// Text, offset of the fault, and a part of what is said.
  static let bad: [(String, Int, String)] = [
    ("", 0, "is empty; f64(cstr prompt, cstr response)"),
    ("   ", 0, "is empty"),
    ("double(cstr prompt)", 0, "unknown type 'double'; did you mean 'f64'?"),
    ("f64(cstrr prompt)", 4, "unknown type 'cstrr'; did you mean 'cstr'?"),
    ("f64(const cstr prompt)", 4, "leave 'const' out"),
    ("f64(size_t n)", 4, "did you mean 'usize'?"),
    ("f64(matrix m)", 4, "expected one of f32, f64, i8"),
    ("f64", 3, "found the end after the result's type; expected '('"),
    ("f64 cstr prompt", 4, "found 'cstr' after the result's type; expected '('"),
    ("f64(cstr)", 8, "found ')' where a name belongs; expected cstr NAME"),
    ("f64(cstr prompt cstr response)", 16, "found 'cstr' after parameter 'prompt'; expected ','"),
    ("f64(cstr prompt", 15, "found the end after parameter 'prompt'"),
    ("f64(cstr prompt,)", 16, "found ')' where a type belongs"),
    ("f64(cstr prompt) const", 17, "goes on after its ')'"),
    ("f64(cstr x, cstr x)", 17, "has two parameters 'x'"),
    ("f64(void)", 4, "a parameter cannot be void; without parameters, write ()"),
    ("f64(ptr* context)", 4, "ptr* has too many '*'; expected ptr alone"),
    ("f64(cstr** prompts)", 4, "cstr** has too many '*'; expected at most 1"),
    ("f64(f64*** x)", 4, "too many '*'"),
    ("f64(i32? fields.n)", 4, "i32 has no value for what is missing"),
    ("cstr(cstr prompt)", 0, "cannot return cstr"),
    ("f64*(cstr prompt)", 0, "cannot return f64*"),
    ("f64?(cstr prompt)", 0, "cannot return f64?"),
    ("f64(cstr prömpt)", 11, "found 'ömpt)' after parameter 'pr'"),
    ("f64(\u{0})", 4, "found '\\u{0})' where a type belongs"),
    (String(repeating: "f", count: 5000), 0, "more than 4096 characters"),
  ]

  @Test(arguments: bad.indices)
  func saysWhatIsWrongAndWhere(_ index: Int) {
    let (text, offset, message) = Self.bad[index]
    let fault = #expect(throws: SignatureFault.self) { try ForeignSignature(text) }
    guard let fault else { return }
    #expect(fault.offset == offset, "\(text)")
    let said = [fault.what, fault.expected.map { "expected \($0)" }, fault.hint]
      .compactMap(\.self).joined(separator: "; ")
    let words = message.split(separator: ";").map { String($0.drop { $0 == " " }) }
    for word in words { #expect(said.contains(word), "\(text): \(said)") }
  }

  @Test func tooManyParametersAreRefused() {
    let parameters = (0..<65).map { "f64 a\($0)" }.joined(separator: ", ")
    let fault = #expect(throws: SignatureFault.self) { try ForeignSignature("f64(\(parameters))") }
    #expect(fault?.what == "has more than 64 parameters")
  }
}
