/// A dictionary that keeps the order of insertion.
final class PythonDict {
  let keys: [TemplateValue]
  let values: [TemplateValue]
  private let index: [PythonKey: Int]
  let depth: Int
  /// See `TemplateValue.weight`.
  let weight: Int

  /// Later pairs replace the values of equal keys and keep their places.
  init(_ pairs: [(key: TemplateValue, value: TemplateValue)]) throws {
    var keys: [TemplateValue] = []
    var values: [TemplateValue] = []
    var index: [PythonKey: Int] = [:]
    for (key, value) in pairs {
      let name = try PythonKey(key)
      if let place = index[name] {
        values[place] = value
      } else {
        index[name] = keys.count
        keys.append(key)
        values.append(value)
      }
    }
    depth = try nestingDepth(of: keys + values)
    weight = totalWeight(of: keys + values)
    (self.keys, self.values, self.index) = (keys, values, index)
  }

  var count: Int { keys.count }
  subscript(key: PythonKey) -> TemplateValue? { index[key].map { values[$0] } }
  subscript(name: String) -> TemplateValue? { self[.text(PythonText(name))] }
  var pairs: [(key: TemplateValue, value: TemplateValue)] {
    Array(zip(keys, values)).map { (key: $0.0, value: $0.1) }
  }
}

/// What makes two values the same dictionary key: equal numbers are one key whatever their type.
enum PythonKey: Hashable {
  case none
  case undefined
  case int(Int)
  case big(BigInteger)
  case float(Double)
  case text(PythonText)
  case tuple([PythonKey])
  case range(Int, Int, Int)
  case object(ObjectIdentifier)

  init(_ value: TemplateValue) throws {
    switch value {
    case .none: self = .none
    case .bool(let bool): self = .int(bool ? 1 : 0)
    case .int(let int): self = .int(int)
    case .big(let big): self = .big(big)
    case .float(let float): self = Self.number(float)
    case .text(let text): self = .text(text)
    case .list(let list) where list.kind == .tuple:
      self = .tuple(try list.items.map { try PythonKey($0) })
    case .list(let list) where list.kind == .generator: self = .object(ObjectIdentifier(list))
    case .range(let range): self = .range(range.start, range.stop, range.step)
    case .object(let object): self = .object(ObjectIdentifier(object))
    case .undefined: self = .undefined
    default: throw TemplateFault(.type, "unhashable type: '\(value.typeName)'")
    }
  }

  private static func number(_ value: Double) -> PythonKey {
    if let int = Int(exactly: value) { return .int(int) }
    guard value == value.rounded(), let big = BigInteger(value) else { return .float(value) }
    return .big(big)
  }
}
