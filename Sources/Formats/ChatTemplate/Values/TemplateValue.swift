/// A value while a template runs: Python's types as far as a template can see them.
///
/// Lists and dictionaries never change once made (the sandbox refuses the methods that would), so
/// they can be shared without copies; only `namespace` objects change.
enum TemplateValue {
  case undefined(Absence)
  case none
  case bool(Bool)
  case int(Int)
  case big(BigInteger)
  case float(Double)
  case text(PythonText)
  case list(PythonList)
  case dict(PythonDict)
  case range(PythonRange)
  case object(any TemplateObject)

  /// An integer in its smallest form.
  static func integer(_ value: BigInteger) -> TemplateValue {
    value.small.map { .int($0) } ?? .big(value)
  }

  static func string(_ text: String) -> TemplateValue { .text(PythonText(text)) }

  static func list(_ items: [TemplateValue]) throws -> TemplateValue {
    .list(try PythonList(items))
  }

  static func tuple(_ items: [TemplateValue]) throws -> TemplateValue {
    .list(try PythonList(items, .tuple))
  }

  static func generator(_ items: [TemplateValue]) throws -> TemplateValue {
    .list(try PythonList(items, .generator))
  }

  static func absent(_ message: String) -> TemplateValue { .undefined(Absence(message)) }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  var text: PythonText? {
    if case .text(let text) = self { text } else { nil }
  }
}

/// Why something is undefined: printing it gives nothing, using it fails with the message.
final class Absence: Sendable {
  let message: String
  /// Made by the sandbox for a name it hides.
  let isForbidden: Bool

  init(_ message: String, isForbidden: Bool = false) {
    self.message = message
    self.isForbidden = isForbidden
  }

  var fault: TemplateFault { TemplateFault(isForbidden ? .security : .undefined, message) }
}

/// A list, a tuple, a view of a dictionary, or an iterator that can be walked once.
final class PythonList {
  enum Kind { case list, tuple, keys, values, items, generator }

  let kind: Kind
  private let stored: [TemplateValue]
  /// How many lists and dictionaries lie inside each other; keeps recursion over values bounded.
  let depth: Int
  /// See `TemplateValue.weight`.
  let weight: Int
  private var isSpent = false

  init(_ items: [TemplateValue], _ kind: Kind = .list) throws {
    self.kind = kind
    stored = items
    depth = try nestingDepth(of: items)
    weight = totalWeight(of: items)
  }

  /// The items; of an iterator only the first time, as in Python.
  func take() -> [TemplateValue] {
    guard kind == .generator else { return stored }
    defer { isSpent = true }
    return isSpent ? [] : stored
  }

  /// The items, without using up an iterator.
  var items: [TemplateValue] { stored }
  var isSubscriptable: Bool { kind == .list || kind == .tuple }
}

/// Deepest nesting of lists and dictionaries that templates may build.
let templateNestingLimit = 200

func nestingDepth(of items: [TemplateValue]) throws -> Int {
  var depth = 0
  for item in items {
    switch item {
    case .list(let list): depth = max(depth, list.depth)
    case .dict(let dict): depth = max(depth, dict.depth)
    default: break
    }
  }
  guard depth < templateNestingLimit else {
    throw TemplateFault(.limit, "values are nested more than \(templateNestingLimit) deep")
  }
  return depth + 1
}

extension TemplateValue {
  /// Steps that going through the whole value takes, saturating: a list that holds the same list
  /// twice counts it twice, as printing or comparing it does.
  var weight: Int {
    switch self {
    case .text(let text): 1 + text.bytes.count >> 4
    case .list(let list): list.weight
    case .dict(let dict): dict.weight
    case .big(let big): 1 + big.limbs.count * 4
    default: size
    }
  }

  /// Steps that going through the items takes, without looking into them.
  var size: Int {
    switch self {
    case .text(let text): 1 + text.bytes.count >> 4
    case .list(let list): 1 + list.items.count
    case .dict(let dict): 1 + dict.count
    case .range(let range): 1 + min(range.count, TemplateGlobals.rangeLimit)
    default: 1
    }
  }
}

func totalWeight(of items: [TemplateValue]) -> Int {
  items.reduce(1) { $0 + min($1.weight, .max / 4 - $0) }
}

/// `range(start, stop, step)`, never spelled out.
struct PythonRange: Equatable {
  var start: Int
  var stop: Int
  var step: Int

  var count: Int {
    if step > 0 ? start >= stop : start <= stop { return 0 }
    let distance = stop.subtractingReportingOverflow(start)
    if distance.overflow { return .max }
    let full = (distance.partialValue.magnitude - 1) / step.magnitude
    return full < UInt(Int.max) ? Int(full) + 1 : .max
  }

  subscript(index: Int) -> Int { start &+ index &* step }
  var values: [TemplateValue] { (0..<count).map { .int(self[$0]) } }
}

/// Something with attributes of its own or that can be called: namespaces, loops, macros,
/// functions and methods.
protocol TemplateObject: AnyObject {
  /// Python's name of the type, for messages.
  var typeName: String { get }
  var isCallable: Bool { get }
  /// What printing shows.
  var printed: String { get }
  func attribute(_ name: String) throws -> TemplateValue?
  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
}

extension TemplateObject {
  var isCallable: Bool { false }
  var printed: String { "<\(typeName) object>" }
  func attribute(_ name: String) throws -> TemplateValue? { nil }

  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    throw TemplateFault(.type, "'\(typeName)' object is not callable")
  }
}
