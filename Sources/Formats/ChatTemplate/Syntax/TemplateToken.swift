/// One token of a template: text between tags, a delimiter, or a piece of an expression.
struct TemplateToken {
  enum Kind: Equatable {
    case data, variableBegin, variableEnd, blockBegin, blockEnd
    case name, string, integer, float, symbol
    case end
  }

  var kind: Kind
  /// The name, the unescaped string, the digits, the operator, or the text.
  var text: String
  /// Byte offset in the template.
  var offset: Int

  func isName(_ name: String) -> Bool { kind == .name && text == name }
  func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

  /// How Jinja names the token in `expected token …, got …`.
  var described: String {
    switch kind {
    case .data: "template data / text"
    case .variableBegin: "begin of print statement"
    case .variableEnd: "end of print statement"
    case .blockBegin: "begin of statement block"
    case .blockEnd: "end of statement block"
    case .end: "end of template"
    default: text
    }
  }
}
