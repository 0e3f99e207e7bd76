/// What went wrong inside the template engine, before the place is turned into line and column.
struct TemplateFault: Error {
  enum Kind: Sendable {
    case syntax, undefined, security, type, value, limit
    /// Raised by the template's own `raise_exception`: the message is the template author's.
    case raised
  }

  var kind: Kind
  var message: String
  /// Byte offset in the template, filled in by the innermost node that knows one.
  var offset: Int?

  init(_ kind: Kind, _ message: String, at offset: Int? = nil) {
    self.kind = kind
    self.message = message
    self.offset = offset
  }

  /// The same fault with a place, unless it has one already.
  func placed(at offset: Int) -> TemplateFault {
    var fault = self
    if fault.offset == nil { fault.offset = offset }
    return fault
  }
}
