extension TemplateValue {
  /// `bool(value)`.
  var isTruthy: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let bool): bool
    case .int(let int): int != 0
    case .big: true
    case .float(let float): float != 0
    case .text(let text): !text.isEmpty
    case .list(let list): list.kind == .generator || !list.items.isEmpty
    case .dict(let dict): dict.count > 0
    case .range(let range): range.count > 0
    case .object: true
    }
  }

  /// `a == b`: numbers by value whatever their type, lists item by item.
  static func areEqual(_ a: TemplateValue, _ b: TemplateValue) throws -> Bool {
    switch (a, b) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let a), .text(let b)): return a == b
    case (.list(let a), .list(let b)): return try areEqual(a, b)
    case (.dict(let a), .dict(let b)): return try areEqual(a, b)
    case (.range(let a), .range(let b)): return areEqual(a, b)
    case (.object(let a), .object(let b)): return a === b
    default:
      guard let a = TemplateNumber(a), let b = TemplateNumber(b) else { return false }
      return a == b
    }
  }

  private static func areEqual(_ a: PythonList, _ b: PythonList) throws -> Bool {
    if a === b { return true }
    guard a.kind == b.kind, a.isSubscriptable, a.items.count == b.items.count else { return false }
    return try zip(a.items, b.items).allSatisfy { try areEqual($0, $1) }
  }

  private static func areEqual(_ a: PythonDict, _ b: PythonDict) throws -> Bool {
    if a === b { return true }
    guard a.count == b.count else { return false }
    return try a.pairs.allSatisfy { key, value in
      guard let other = b[try PythonKey(key)] else { return false }
      return try areEqual(value, other)
    }
  }

  private static func areEqual(_ a: PythonRange, _ b: PythonRange) -> Bool {
    guard a.count == b.count else { return false }
    return a.count == 0 || a.start == b.start && (a.count == 1 || a.step == b.step)
  }

  /// `a < b`; `symbol` names the operator in the error.
  static func isLess(
    _ a: TemplateValue, _ b: TemplateValue, symbol: String = "<"
  ) throws -> Bool {
    switch (a, b) {
    case (.text(let a), .text(let b)): return a < b
    case (.undefined(let absence), _), (_, .undefined(let absence)): throw absence.fault
    case (.list(let a), .list(let b)) where a.kind == b.kind && a.isSubscriptable:
      for (x, y) in zip(a.items, b.items) where try !areEqual(x, y) {
        return try isLess(x, y, symbol: symbol)
      }
      return a.items.count < b.items.count
    default:
      guard let x = TemplateNumber(a), let y = TemplateNumber(b) else {
        throw TemplateFault(
          .type,
          "'\(symbol)' not supported between instances of '\(a.typeName)' and '\(b.typeName)'")
      }
      return x < y
    }
  }

  /// `needle in self`.
  func contains(_ needle: TemplateValue) throws -> Bool {
    switch self {
    case .text(let text):
      guard let part = needle.text else {
        if case .undefined(let absence) = needle { throw absence.fault }
        throw TemplateFault(
          .type, "'in <string>' requires string as left operand, not \(needle.typeName)")
      }
      return text.contains(part)
    case .dict(let dict): return dict[try PythonKey(needle)] != nil
    case .undefined: return false
    default: return try iterated().contains { try Self.areEqual($0, needle) }
    }
  }

  /// The items a loop sees.
  func iterated() throws -> [TemplateValue] {
    switch self {
    case .undefined: return []
    case .text(let text):
      guard text.bytes.count <= 1 << 20 else {
        throw TemplateFault(.limit, "a loop over the characters of more than 1 MiB of text")
      }
      return text.scalars.map { .text(PythonText(scalars: [$0])) }
    case .list(let list): return list.take()
    case .dict(let dict): return dict.keys
    case .range(let range): return range.values
    case .object(let object as TemplateGroup): return object.pair
    default: throw TemplateFault(.type, "'\(typeName)' object is not iterable")
    }
  }

  var isIterable: Bool {
    switch self {
    case .undefined, .text, .list, .dict, .range: true
    default: false
    }
  }

  /// `len(value)`, nil where Python has none.
  var length: Int? {
    switch self {
    case .undefined: 0
    case .text(let text): text.count
    case .list(let list): list.kind == .generator ? nil : list.items.count
    case .dict(let dict): dict.count
    case .range(let range): range.count
    case .object(let group as TemplateGroup): group.pair.count
    default: nil
    }
  }

  func requiredLength() throws -> Int {
    if let length { return length }
    throw TemplateFault(.type, "object of type '\(typeName)' has no len()")
  }
}
