internal import Formats
internal import Kernels

/// Reads the text of a signature from left to right; the first fault ends it.
struct SignatureParser {
  private let letters: [Unicode.Scalar]
  private var at = 0

  static let lengthLimit = 4096
  static let parameterLimit = 64

  init(_ text: String) { letters = Array(text.unicodeScalars.prefix(Self.lengthLimit + 1)) }

  mutating func signature() throws(SignatureFault) -> (ForeignType, [ForeignSignature.Parameter]) {
    guard letters.count <= Self.lengthLimit else {
      throw SignatureFault(0, "has more than \(Self.lengthLimit) characters")
    }
    skipSpace()
    guard at < letters.count else {
      throw SignatureFault(0, "is empty", expected: Self.example)
    }
    let result = try result()
    try take("(", after: "the result's type")
    let parameters = try parameters()
    skipSpace()
    guard at == letters.count else {
      throw SignatureFault(at, "goes on after its ')': \(found)", expected: "the end")
    }
    return (result, parameters)
  }

  private static let example = "RESULT(TYPE NAME, …), such as f64(cstr prompt, cstr response)"

  private mutating func result() throws(SignatureFault) -> ForeignType {
    let start = at
    let type = try type()
    switch type.base {
    case .scalar(let scalar) where type.depth == 0 && !type.isOptional && scalar != .char:
      return type
    case .void, .ptr: return type
    default:
      throw SignatureFault(
        start, "a function here cannot return \(type)", expected: "void, a number, bool or ptr",
        hint: type.isText(depth: 0)
          ? "a text goes into a buffer: char* error, usize error_len" : nil
      )
    }
  }

  private mutating func parameters() throws(SignatureFault) -> [ForeignSignature.Parameter] {
    var parameters: [ForeignSignature.Parameter] = []
    skipSpace()
    if peek == ")" {
      at += 1
      return []
    }
    while true {
      let next = try parameter()
      if parameters.contains(where: { $0.name == next.name }) {
        throw SignatureFault(next.nameOffset, "has two parameters \(quoted(next.name))")
      }
      parameters.append(next)
      guard parameters.count <= Self.parameterLimit else {
        throw SignatureFault(
          next.typeOffset, "has more than \(Self.parameterLimit) parameters")
      }
      skipSpace()
      guard let letter = peek, letter == "," || letter == ")" else {
        throw SignatureFault(
          at, "found \(found) after parameter \(quoted(next.name))", expected: "',' or ')'")
      }
      at += 1
      if letter == ")" { return parameters }
    }
  }

  private mutating func parameter() throws(SignatureFault) -> ForeignSignature.Parameter {
    skipSpace()
    let typeOffset = at
    let type = try type()
    if type.base == .void {
      throw SignatureFault(
        typeOffset, "a parameter cannot be void", hint: "without parameters, write ()")
    }
    skipSpace()
    let nameOffset = at
    let name = word(alsoIn: ".-")
    guard !name.isEmpty else {
      throw SignatureFault(
        nameOffset, "found \(found) where a name belongs", expected: "\(type) NAME",
        hint: "the name says what is passed: prompt, response, reference, …")
    }
    return ForeignSignature.Parameter(
      type: type, name: name, typeOffset: typeOffset, nameOffset: nameOffset)
  }

  private mutating func type() throws(SignatureFault) -> ForeignType {
    let start = at
    let name = word()
    guard !name.isEmpty else {
      throw SignatureFault(start, "found \(found) where a type belongs", expected: Self.types)
    }
    guard let base = ForeignType.base(named: name) else {
      throw SignatureFault(
        start, "unknown type \(quoted(name))", expected: Self.types, hint: Self.hint(for: name))
    }
    var type = ForeignType(base)
    type.isOptional = skip("?")
    while skip("*") { type.depth += 1 }
    guard type.depth <= type.depthLimit else {
      throw SignatureFault(
        start, "\(type) has too many '*'",
        expected: type.depthLimit == 0 ? "\(name) alone" : "at most \(type.depthLimit)")
    }
    if type.isOptional, ![.cstr, .bytes, .scalar(.f32), .scalar(.f64)].contains(base) {
      throw SignatureFault(
        start, "\(name) has no value for what is missing, so no '?' may follow",
        hint: "cstr? and bytes? become NULL, f32? and f64? NaN")
    }
    return type
  }

  // MARK: - Letters

  private var peek: Unicode.Scalar? { at < letters.count ? letters[at] : nil }

  /// What stands here, for messages.
  private var found: String {
    guard at < letters.count else { return "the end" }
    var rest = ""
    rest.unicodeScalars.append(contentsOf: letters[at...].prefix { $0 != " " && $0 != "," })
    return quoted(rest.isEmpty ? String(letters[at]) : rest, limit: 20)
  }

  private mutating func skipSpace() {
    while let letter = peek, letter.properties.isWhitespace { at += 1 }
  }

  private mutating func skip(_ letter: Unicode.Scalar) -> Bool {
    let start = at
    skipSpace()
    guard peek == letter else {
      at = start
      return false
    }
    at += 1
    return true
  }

  private mutating func take(_ letter: Unicode.Scalar, after what: String) throws(SignatureFault) {
    skipSpace()
    guard peek == letter else {
      throw SignatureFault(
        at, "found \(found) after \(what)", expected: "'\(letter)'", hint: Self.example)
    }
    at += 1
  }

  private mutating func word(alsoIn extra: String = "") -> String {
    var word = ""
    while let letter = peek,
      letter.isASCII && (letter.properties.isAlphabetic || ("0"..."9").contains(letter))
        || letter == "_" || extra.unicodeScalars.contains(letter)
    {
      word.unicodeScalars.append(letter)
      at += 1
    }
    return word
  }

  // MARK: - Teaching

  private static let names = ForeignType.bases.map { ForeignType.name(of: $0) }
  private static let types = "one of " + names.joined(separator: ", ")

  private static func hint(for name: String) -> String? {
    if name == "const" { return "leave 'const' out" }
    if name == "unsigned" || name == "signed" { return "write u32, i32, … for the width" }
    return (spellings[name] ?? closest(to: name, among: names)).map {
      "did you mean \(quoted($0))?"
    }
  }

  /// What C, C++, Rust, Go and Fortran call these types.
  private static let spellings: [String: String] = [
    "double": "f64", "float": "f32", "float64": "f64", "float32": "f32", "real": "f32",
    "int": "i32", "long": "i64", "short": "i16", "integer": "i32", "int8": "i8", "int16": "i16",
    "int32": "i32", "int64": "i64", "int8_t": "i8", "int16_t": "i16", "int32_t": "i32",
    "int64_t": "i64", "uint": "u32", "byte": "u8", "uint8": "u8", "uint16": "u16",
    "uint32": "u32", "uint64": "u64", "uint8_t": "u8", "uint16_t": "u16", "uint32_t": "u32",
    "uint64_t": "u64", "size_t": "usize", "ssize_t": "isize", "uintptr_t": "usize",
    "intptr_t": "isize", "string": "cstr", "str": "cstr", "text": "cstr", "c_char": "char",
    "boolean": "bool", "_Bool": "bool", "pointer": "ptr", "void_p": "ptr",
  ]
}
