internal import Kernels

/// Attributes and subscripts, under the sandbox's rules.
extension TemplateEvaluator {
  /// `value.name`: the attribute, else the item of that name, else undefined.
  func attribute(_ name: String, of value: TemplateValue) throws -> TemplateValue {
    if let found = try ownAttribute(name, of: value) { return found }
    if case .dict(let dict) = value, let item = dict[name] { return item }
    return .absent("\(quoted(value.ownerDescription)) has no attribute \(quoted(name))")
  }

  /// The attribute itself; a name that the sandbox hides gives an undefined value that cannot be
  /// used.
  func ownAttribute(_ name: String, of value: TemplateValue) throws -> TemplateValue? {
    if case .undefined(let absence) = value { throw absence.fault }
    if name.hasPrefix("__"), name.hasSuffix("__") { return forbidden(name, value) }
    if case .object(let object) = value { return try object.attribute(name) }
    if PythonMethods.mutating(name, of: value) { return forbidden(name, value) }
    if let constant = PythonMethods.constant(name, of: value) { return constant }
    guard PythonMethods.has(name, value) else { return nil }
    return .object(MethodObject(name, of: value))
  }

  private func forbidden(_ name: String, _ value: TemplateValue) -> TemplateValue {
    .undefined(
      Absence(
        "access to attribute \(quoted(name)) of '\(value.typeName)' object is unsafe.",
        isForbidden: true))
  }

  func subscripted(
    _ base: TemplateExpression, _ index: TemplateExpression
  ) throws -> TemplateValue {
    let value = try evaluate(base)
    if case .slice(let start, let stop, let step) = index.kind {
      let bounds = try [start, stop, step].map { try $0.map(evaluate) ?? .none }
      return try slice(value, bounds[0], bounds[1], bounds[2])
    }
    return try item(try evaluate(index), of: value)
  }

  /// `value[key]`: the item, else for a text key the attribute, else undefined.
  func item(_ key: TemplateValue, of value: TemplateValue) throws -> TemplateValue {
    if case .undefined(let absence) = value { throw absence.fault }
    try budget.spend(key.weight + (value.text.map { $0.isASCII ? 0 : $0.bytes.count >> 3 } ?? 0))
    if let found = try ownItem(key, of: value) { return found }
    if let name = key.text?.string {
      if let found = try ownAttribute(name, of: value) { return found }
      return .absent("\(quoted(value.ownerDescription)) has no attribute \(quoted(name))")
    }
    return .absent("\(value.ownerDescription) has no element \(try key.represented())")
  }

  private func ownItem(_ key: TemplateValue, of value: TemplateValue) throws -> TemplateValue? {
    switch value {
    case .dict(let dict): return (try? PythonKey(key)).flatMap { dict[$0] }
    case .list(let list) where list.isSubscriptable:
      return Self.place(key, in: list.items.count).map { list.items[$0] }
    case .range(let range): return Self.place(key, in: range.count).map { .int(range[$0]) }
    case .object(let group as TemplateGroup): return Self.place(key, in: 2).map { group.pair[$0] }
    case .text(let text):
      if text.isASCII {
        return Self.place(key, in: text.bytes.count).map { .text(PythonText([text.bytes[$0]])) }
      }
      let all = text.scalars
      return Self.place(key, in: all.count).map { .text(PythonText(scalars: [all[$0]])) }
    default: return nil
    }
  }

  /// A Python index (negative from the end) as a place below `count`.
  private static func place(_ key: TemplateValue, in count: Int) -> Int? {
    let index: Int
    switch key {
    case .int(let int): index = int
    case .bool(let bool): index = bool ? 1 : 0
    default: return nil
    }
    let place = index < 0 ? index &+ count : index
    return (0..<count).contains(place) ? place : nil
  }

  // MARK: - Slices

  private func slice(
    _ value: TemplateValue, _ start: TemplateValue, _ stop: TemplateValue, _ step: TemplateValue
  ) throws -> TemplateValue {
    if case .undefined(let absence) = value { throw absence.fault }
    func places(_ count: Int) throws -> [Int] {
      try budget.charge(count)
      return try Self.places(start, stop, step, count: count)
    }
    switch value {
    case .list(let list) where list.isSubscriptable:
      let items = try places(list.items.count).map { list.items[$0] }
      return .list(try PythonList(items, list.kind))
    case .text(let text) where text.isASCII:
      return .text(PythonText(try places(text.bytes.count).map { text.bytes[$0] }))
    case .text(let text):
      let all = text.scalars
      return .text(PythonText(scalars: try places(all.count).map { all[$0] }))
    case .range(let range):
      return try .list(try places(range.count).map { .int(range[$0]) })
    case .dict: throw TemplateFault(.type, "unhashable type: 'slice'")
    default: throw TemplateFault(.type, "'\(value.typeName)' object is not subscriptable")
    }
  }

  /// The indices `start:stop:step` picks out of `count` items.
  private static func places(
    _ start: TemplateValue, _ stop: TemplateValue, _ step: TemplateValue, count: Int
  ) throws -> [Int] {
    let step = try bound(step) ?? 1
    guard step != 0 else { throw TemplateFault(.value, "slice step cannot be zero") }
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func clamped(_ value: Int?, _ fallback: Int) -> Int {
      guard let value else { return fallback }
      return min(max(value < 0 ? value &+ count : value, lowest), highest)
    }
    let first = clamped(try bound(start), step > 0 ? lowest : highest)
    let last = clamped(try bound(stop), step > 0 ? highest : lowest)
    let limit = Swift.max(1, count)
    return Array(stride(from: first, to: last, by: min(max(step, -limit), limit)))
  }

  private static func bound(_ value: TemplateValue) throws -> Int? {
    switch value {
    case .none: return nil
    case .int(let int): return int
    case .bool(let bool): return bool ? 1 : 0
    case .big(let big): return big.isNegative ? .min / 2 : .max / 2
    case .undefined(let absence): throw absence.fault
    default:
      throw TemplateFault(
        .type, "slice indices must be integers or None or have an __index__ method")
    }
  }
}

extension TemplateValue {
  /// How messages name the owner of a missing attribute.
  var ownerDescription: String {
    if case .none = self { "None" } else { "\(typeName) object" }
  }
}
