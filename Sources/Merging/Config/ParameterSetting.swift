/// What a config writes for a parameter: a value, a gradient over the layers, or one of these for
/// each of several name filters.
public struct ParameterSetting: Sendable {
  /// A value, or values that layers are interpolated between.
  enum Value: Sendable {
    case scalar(YAMLNode)
    case gradient([YAMLNode])
  }

  struct Condition: Sendable {
    /// A part of tensor names; nil matches all.
    var filter: String?
    var value: Value
  }

  /// The first that matches counts.
  let conditions: [Condition]
  let place: String

  /// The value for the tensor `name` at place `t` (0 first layer, 1 last) of its stack; nil when
  /// the setting says nothing about it.
  ///
  /// - Throws: `Problem` for a gradient that mixes kinds of values.
  public func value(for name: String, at t: Double) throws -> YAMLNode? {
    let match = conditions.first { condition in
      condition.filter.map { $0 == "*" || name.contains($0) } ?? true
    }
    switch match?.value {
    case nil: return nil
    case .scalar(let node): return node
    case .gradient(let nodes): return try interpolated(nodes, at: t)
    }
  }

  /// Between the values next to t · (count − 1); words and flags are picked, not mixed.
  private func interpolated(_ nodes: [YAMLNode], at t: Double) throws -> YAMLNode? {
    guard let first = nodes.first else { return nil }
    let position = t * Double(nodes.count - 1)
    let below = min(nodes.count - 1, Int(position))
    let numbers = nodes.compactMap(\.double)
    guard numbers.count == nodes.count else {
      guard numbers.isEmpty else {
        throw Problem(
          .badConfiguration, at: first.place, "the gradient mixes numbers with other values",
          expected: "numbers, or words and flags")
      }
      return nodes[below]
    }
    let share = position - Double(below)
    let value = (1 - share) * numbers[below] + share * numbers[min(below + 1, nodes.count - 1)]
    let text = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    return YAMLNode(.scalar(YAMLScalar(text)), at: first.mark)
  }
}

extension ParameterSetting {
  /// Reads a scalar, a list, a condition or a list of conditions.
  init?(_ node: YAMLNode, into problems: inout [Problem]) {
    place = node.place
    switch node.content {
    case .scalar:
      conditions = [Condition(filter: nil, value: .scalar(node.resolved))]
    case .mapping:
      guard let condition = Self.condition(node, into: &problems) else { return nil }
      conditions = [condition]
    case .sequence(let nodes) where nodes.contains { $0.mapping != nil }:
      let read = nodes.compactMap { Self.condition($0, into: &problems) }
      guard read.count == nodes.count else { return nil }
      conditions = read
    case .sequence(let nodes):
      guard let value = Self.gradient(nodes, into: &problems) else { return nil }
      conditions = [Condition(filter: nil, value: value)]
    }
  }

  private static func condition(_ node: YAMLNode, into problems: inout [Problem]) -> Condition? {
    guard node.mapping != nil, let value = node["value"] else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "found \(node.found)",
          expected: "{filter: PART OF A NAME, value: VALUE}"))
      return nil
    }
    ConfigKeys(["filter", "value"]).check(node, into: &problems)
    let filter = TextKey("filter").read(in: node, into: &problems)
    if let nodes = value.sequence {
      return gradient(nodes, into: &problems).map { Condition(filter: filter, value: $0) }
    }
    guard value.scalar != nil else {
      problems.append(
        Problem(
          .badConfiguration, at: value.place, "found \(value.found)",
          expected: "a value or a list of values"))
      return nil
    }
    return Condition(filter: filter, value: .scalar(value.resolved))
  }

  private static func gradient(_ nodes: [YAMLNode], into problems: inout [Problem]) -> Value? {
    for node in nodes where node.scalar == nil {
      problems.append(
        Problem(.badConfiguration, at: node.place, "found \(node.found)", expected: "a value"))
      return nil
    }
    return .gradient(nodes.map(\.resolved))
  }
}

/// Parameters of one level of a config, in the order of the file.
public struct ParameterMap: Sendable {
  public var entries: [(key: String, mark: String, setting: ParameterSetting)] = []

  public subscript(key: String) -> ParameterSetting? {
    entries.first { $0.key == key }?.setting
  }

  init() {}

  init(_ node: YAMLNode?, into problems: inout [Problem]) {
    guard let node, !node.isNull else { return }
    guard let mapping = node.mapping else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "found \(node.found)",
          expected: "a mapping of parameters"))
      return
    }
    for entry in mapping where !entry.value.isNull {
      guard let setting = ParameterSetting(entry.value, into: &problems) else { continue }
      entries.append((entry.key, entry.keyMark.description, setting))
    }
  }
}
