/// The C function that a text such as `f64(cstr prompt, cstr response)` describes.
///
///     signature = type "(" [ parameter { "," parameter } ] ")"
///     parameter = type name
///     type      = word [ "?" ] { "*" }
///     name      = letters, digits, "_" and "-", in parts joined by "."
public struct ForeignSignature: Sendable, Equatable {
  public struct Parameter: Sendable, Equatable {
    public var type: ForeignType
    public var name: String
    /// Where type and name start in the text, in characters from 0.
    public var typeOffset: Int
    public var nameOffset: Int
  }

  public var text: String
  public var result: ForeignType
  public var parameters: [Parameter]

  /// Reads `text`. What its names mean is for the caller to decide.
  public init(_ text: String) throws(SignatureFault) {
    var parser = SignatureParser(text)
    (result, parameters) = try parser.signature()
    self.text = text
  }

  public func index(of name: String) -> Int? { parameters.firstIndex { $0.name == name } }
}

/// What is wrong with a signature, and where in its text.
public struct SignatureFault: Error, Sendable, Equatable {
  /// Characters before the fault.
  public var offset: Int
  public var what: String
  public var expected: String?
  public var hint: String?

  public init(_ offset: Int, _ what: String, expected: String? = nil, hint: String? = nil) {
    self.offset = offset
    self.what = what
    self.expected = expected
    self.hint = hint
  }
}
