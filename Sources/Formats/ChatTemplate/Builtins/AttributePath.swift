/// The `attribute` of filters: `"a.b.0"` steps into items, numbers are indices.
struct AttributePath {
  private var steps: [TemplateValue] = []
  private var fallback: TemplateValue?

  /// No attribute gives the item itself.
  init(_ attribute: TemplateValue?, default fallback: TemplateValue? = nil) {
    self.fallback = fallback
    switch attribute {
    case nil, TemplateValue.none?: break
    case .text(let text)?:
      steps = text.split(by: ".").map { part in
        let isNumber = !part.isEmpty && part.bytes.allSatisfy { 0x30...0x39 ~= $0 }
        return isNumber ? Int(part.string).map { .int($0) } ?? .text(part) : .text(part)
      }
    case let other?: steps = [other]
    }
  }

  /// Several paths with commas between them, for sorting.
  static func several(_ attribute: TemplateValue?) -> [AttributePath] {
    guard let text = attribute?.text else { return [AttributePath(attribute)] }
    return text.split(by: ",").map { AttributePath(.text($0)) }
  }

  func value(of item: TemplateValue, _ evaluator: TemplateEvaluator) throws -> TemplateValue {
    var value = item
    for step in steps {
      value = try evaluator.item(step, of: value)
      if value.isUndefined, let fallback, !fallback.isNone { value = fallback }
    }
    return value
  }
}

/// A pair of `groupby`: prints as a tuple, its parts have names.
final class TemplateGroup: TemplateObject {
  private let key: TemplateValue
  private let items: TemplateValue

  init(key: TemplateValue, items: TemplateValue) { (self.key, self.items) = (key, items) }

  var typeName: String { "_GroupTuple" }
  var printed: String { (try? TemplateValue.tuple([key, items]).represented()) ?? "" }
  var pair: [TemplateValue] { [key, items] }

  func attribute(_ name: String) throws -> TemplateValue? {
    switch name {
    case "grouper": key
    case "list": items
    default: nil
    }
  }
}
