/// An expression of a template.
///
/// `depth` counts the levels below; the parser refuses trees that would exhaust the stack.
final class TemplateExpression {
  indirect enum Kind {
    case constant(TemplateValue)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case dict([(key: TemplateExpression, value: TemplateExpression)])
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(TemplateExpression?, TemplateExpression?, TemplateExpression?)
    case call(TemplateExpression, TemplateCall)
    /// A nil operand is the text of the enclosing block (`{% filter %}`, `{% set %}`).
    case filter(TemplateExpression?, String, TemplateCall)
    case test(TemplateExpression, String, TemplateCall)
    case arithmetic(ArithmeticOperator, TemplateExpression, TemplateExpression)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case concatenation([TemplateExpression])
    case comparison(TemplateExpression, [(symbol: String, operand: TemplateExpression)])
    case not(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case conditional(
      test: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
  }

  let kind: Kind
  let offset: Int
  let depth: Int

  init(_ kind: Kind, at offset: Int, depth: Int) {
    (self.kind, self.offset, self.depth) = (kind, offset, depth)
  }
}

/// The arguments of a call, a filter or a test.
struct TemplateCall {
  var positional: [TemplateExpression] = []
  var keywords: [(name: String, value: TemplateExpression)] = []
  var spread: TemplateExpression?
  var keywordSpread: TemplateExpression?

  var all: [TemplateExpression] {
    positional + keywords.map(\.value) + [spread, keywordSpread].compactMap { $0 }
  }
}

/// Where a value is stored.
indirect enum TemplateTarget {
  case name(String)
  case namespace(String, String)
  case tuple([TemplateTarget])
}

/// A macro or the body of a call block: parameters and text.
final class TemplateMacro {
  var name: String?
  var parameters: [String] = []
  /// For the last parameters, as many as there are.
  var defaults: [TemplateExpression] = []
  var body: [TemplateStatement] = []
  var usesVarargs = false
  var usesKeywords = false
  var usesCaller = false
}

struct TemplateLoop {
  var target: TemplateTarget
  var items: TemplateExpression
  var test: TemplateExpression?
  var isRecursive: Bool
  var body: [TemplateStatement]
  var otherwise: [TemplateStatement]
}

struct TemplateStatement {
  indirect enum Kind {
    case text(PythonText)
    case print(TemplateExpression)
    case conditional([(test: TemplateExpression, body: [TemplateStatement])], [TemplateStatement])
    case loop(TemplateLoop)
    case assign(TemplateTarget, TemplateExpression)
    case assignBlock(TemplateTarget, filter: TemplateExpression?, [TemplateStatement])
    case macro(String, TemplateMacro)
    case callBlock(TemplateExpression, TemplateMacro)
    case filterBlock(TemplateExpression, [TemplateStatement])
    case with([(target: TemplateTarget, value: TemplateExpression)], [TemplateStatement])
    case generation([TemplateStatement])
    case breakLoop
    case continueLoop
  }

  var kind: Kind
  var offset: Int
}
