import PluginAPI
import TestSupport
import Testing

@testable import CFunction

@Suite(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
struct BadRecipeTests {
  private static let built = Result {
    try Built("double f(void) { return 1; } void *make(void) { return 0; } void end(void *c) {}")
  }

  /// Options beside the library and symbol, the column of the fault in the signature's line, and
  /// a part of what is said.
  static let badSignatures: [(signature: String, more: String, column: Int, said: String)] = [
    ("f64(cstring prompt)", "", 5, "unknown type 'cstring'; expected one of f32, f64"),
    ("f64(cstr promt)", "", 10, "unknown name 'promt'"),
    ("f64(cstr promt)", "", 10, "did you mean 'prompt'?"),
    ("f64(f64 difficulty)", "", 9, "a value of the data row is fields.difficulty"),
    ("f64(cstr xyz)", "", 10, "expected one of prompt, response, reference, id, model, skill"),
    ("f64(cstr fields.)", "", 10, "'fields.' has an empty part"),
    ("f64(f64 prompt)", "", 5, "'prompt' cannot be f64; expected cstr, bytes, or char*"),
    ("f64(cstr* prompt)", "", 5, "'prompt' cannot be cstr*"),
    ("f64(cstr response, u8 response_len)", "", 20, "'response_len' cannot be u8; expected usize"),
    ("f64(u8* response)", "", 9, "'response' needs 'response_len' beside it"),
    ("f64(i32* tokens)", "", 10, "add 'usize tokens_len'"),
    ("f64(i64* tokens, usize tokens_len)", "", 5, "'tokens' cannot be i64*; expected i32*"),
    ("f64(char* error)", "", 11, "'error' needs 'error_len' beside it"),
    ("f64(cstr error, usize error_len)", "", 5, "'error' cannot be cstr; expected char*"),
    ("f64(cstr prompts, cstr response)", "", 10, "'prompts' is an array of a whole batch"),
    ("void(cstr prompt, usize n, f64* scores)", "", 11, "'prompt' is one row's"),
    ("void(cstr* prompts, f64* scores)", "", 1, "a batch function needs 'usize n'"),
    ("void(cstr* prompts, usize n)", "", 1, "a batch function needs 'f64* scores'"),
    ("f64(usize n, f64* scores)", "", 1, "a batch function returns no f64"),
    ("void(i64* scores, usize n)", "", 6, "'scores' cannot be i64*; expected f64* or f32*"),
    ("void(cstr prompt)", "", 1, "a function that returns void gives no score"),
    ("f64(f64* score)", "", 1, "both the result and 'score' would be the score"),
    ("ptr(cstr prompt)", "", 1, "a function that returns ptr gives no score"),
    ("f64(ptr context)", "", 9, "nothing makes the context; name the function that does"),
    ("f64(i32 k)", "constants: {k: 0.5}", 5, "constant 'k' is 0.5, which i32 cannot hold"),
    ("f64(cstr k)", "constants: {k: 3}", 5, "constant 'k' is 3, which cstr cannot hold"),
    ("f64(f64 k)", "constants: {k: word}", 5, "constant 'k' is a text, which f64 cannot hold"),
    ("f64(cstr k)", "constants: {k: \"a\\0b\"}", 5, "holds a NUL"),
    ("f64(f64 penalti)", "constants: {penalty: 1}", 9, "did you mean 'penalty'?"),
  ]

  @Test(arguments: badSignatures.indices)
  func saysWhatIsWrongAndWhere(_ index: Int) throws {
    let (signature, more, column, said) = Self.badSignatures[index]
    for (quote, width) in [("'", 1), ("", 0)] {
      // Without quotes the text of a flow mapping would end at a comma; this is a block mapping.
      let fault = try Self.built.get().fault(
        "symbol: f\nsignature: \(quote)\(signature)\(quote)\n\(more)")
      let place = "r.yaml:3:\(11 + width + column): 'signature', column \(column): "
      #expect(fault.hasPrefix(place), "\(fault)")
      #expect(fault.contains(said), "\(fault)")
    }
  }

  @Test func aSignatureOfSeveralLinesHasPlacesOfItsOwn() throws {
    let fault = try Self.built.get().fault(
      "symbol: f\nsignature: |\n  f64(cstr prompt,\n      cstr respose)\n")
    #expect(fault.hasPrefix("r.yaml:3:12: 'signature', line 2, column 10: unknown name 'respose'"))
  }

  static let badOptions: [(String, String)] = [
    ("symbol: f", "signature is not set"),
    ("signature: f64()", "symbol is not set"),
    ("{symbol: g, signature: f64()}", "has no function 'g'"),
    ("{library: libmy.so, symbol: f, signature: f64()}", "'libmy.so' has no slash"),
    ("{library: ./libmi.so, symbol: f, signature: f64()}", "did you mean 'libmy.so'?"),
    (
      "{symbol: f, signature: f64(), constants: {k: 1}}",
      "r.yaml:2:42: no parameter is called 'k'"
    ),
    ("{symbol: f, signature: f64(), constants: [1]}", "'constants': found a list"),
    (
      "{symbol: f, signature: f64(), constants: {id: 1}}",
      "constant 'id': that name means something"
    ),
    ("{symbol: f, signature: f64(), constants: {k: [1]}}", "constant 'k': found a list"),
    ("{symbol: f, signature: f64(), scope: prompt}", "scope is prompt, needs a batch function"),
    ("{symbol: f, signature: f64(), scope: row}", "expected one of response, prompt"),
    ("{symbol: f, signature: f64(), destroy: end}", "destroy is end, has nothing to destroy"),
    ("{symbol: f, signature: f64(), init: make}", "init is make, makes a context that no"),
    (
      "{symbol: f, signature: f64(ptr context), init: made}",
      "has no function 'made'; did you mean 'make'?"
    ),
    (
      "{symbol: f, signature: f64(ptr context), init: make, destroy: finish}",
      "has no function 'finish'"
    ),
    (
      "{symbol: f, signature: f64(ptr context), init: make, init_signature: ptr(cstr prompt)}",
      "'init_signature', column 10: unknown name 'prompt'; expected one of config, error"
    ),
    (
      "{symbol: f, signature: f64(ptr context), init: make, init_signature: i32()}",
      "'init' returns i32; expected ptr"
    ),
    ("{symbol: f, signature: f64(), library_sha256: abc}", "must be 64 hexadecimal digits"),
    (
      "{symbol: f, signature: f64(), library_sha256: '\(String(repeating: "a", count: 64))'}",
      "so it is not opened"
    ),
    ("{symbol: f, signatur: f64()}", "unknown key 'signatur'; did you mean 'signature'?"),
  ]

  @Test(arguments: badOptions.indices)
  func refusesWhatCannotWork(_ index: Int) throws {
    let (options, said) = Self.badOptions[index]
    let fault = try Self.built.get().fault(options)
    #expect(fault.contains(said), "\(fault)")
  }
}
