internal import Formats
internal import Kernels

/// Typed reading of a config's keys that collects every fault instead of stopping at the first.
///
/// A key that is absent has the family's default, as transformers has it; a key that is null has
/// no value. Faulty keys read as a harmless value, so that reading can go on to the next.
final class ConfigReader {
  let source: String
  private let values: JSONObject
  private let defaults: JSON
  private let aliases: [String: [String]]
  private(set) var problems: [Problem] = []

  /// Sizes past this are mistakes; below it, products of two sizes cannot overflow.
  static let largestSize = Int(Int32.max)

  init(_ values: JSONObject, defaults: JSON, aliases: [String: [String]], source: String) {
    self.values = values
    self.defaults = defaults
    self.aliases = aliases
    self.source = source
  }

  // MARK: - Values

  /// The name under which `key` is stored, or would be.
  func storedName(_ key: String) -> String {
    let names = (aliases[key] ?? []) + [key]
    return names.first { values[$0] != nil } ?? names[0]
  }

  func isGiven(_ key: String) -> Bool { values[storedName(key)] != nil }

  /// The value of `key`, nil when it is null or absent without default.
  func value(_ key: String) -> JSON? {
    let value = values[storedName(key)] ?? defaults[key]
    return value == .null ? nil : value
  }

  /// A whole number that must be there.
  func size(_ key: String, in range: ClosedRange<Int> = 1...largestSize) -> Int {
    guard let value = value(key) else {
      report(key, "is \(isGiven(key) ? "null" : "missing")", expected: "a whole number")
      return range.lowerBound
    }
    return checked(value, key, in: range) ?? range.lowerBound
  }

  func optionalSize(_ key: String, in range: ClosedRange<Int> = 1...largestSize) -> Int? {
    value(key).flatMap { checked($0, key, in: range) }
  }

  private func checked(_ value: JSON, _ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let number = value.int else {
      report(key, "is \(shown(value))", expected: "a whole number")
      return nil
    }
    guard range.contains(number) else {
      report(
        key, "is \(number)", expected: "\(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  /// A finite number that must be there.
  func real(_ key: String, isPositive: Bool = true) -> Double {
    guard let value = value(key) else {
      report(key, "is \(isGiven(key) ? "null" : "missing")", expected: "a number")
      return 1
    }
    return checkedReal(value, key, isPositive: isPositive) ?? 1
  }

  func optionalReal(_ key: String, isPositive: Bool = true) -> Double? {
    value(key).flatMap { checkedReal($0, key, isPositive: isPositive) }
  }

  func checkedReal(_ value: JSON, _ key: String, isPositive: Bool = true) -> Double? {
    guard let number = value.double else {
      report(key, "is \(shown(value))", expected: "a number")
      return nil
    }
    guard !isPositive || number > 0, number.isFinite else {
      report(key, "is \(number)", expected: "more than 0")
      return nil
    }
    return number
  }

  /// A truth value; false when null or absent without default.
  func flag(_ key: String) -> Bool {
    guard let value = value(key) else { return false }
    guard let flag = value.bool else {
      report(key, "is \(shown(value))", expected: "true or false")
      return false
    }
    return flag
  }

  func text(_ key: String) -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.string else {
      report(key, "is \(shown(value))", expected: "a string")
      return nil
    }
    return text
  }

  /// A token id; nil when null, absent or negative (how some files write "none").
  func tokenID(_ key: String) -> Int? {
    optionalSize(key, in: -1...Self.largestSize).flatMap { $0 < 0 ? nil : $0 }
  }

  /// One token id or a list of them.
  func tokenIDs(_ key: String) -> [Int] {
    guard let value = value(key) else { return [] }
    if let list = value.array {
      return list.compactMap { checked($0, key, in: 0...Self.largestSize) }
    }
    return tokenID(key).map { [$0] } ?? []
  }

  // MARK: - Problems

  func report(_ key: String, _ what: String, expected: String? = nil, hint: String? = nil) {
    let problem = Problem(
      .badData, at: source, "\(storedName(key)) \(what)", expected: expected, hint: hint)
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// Throws what was found so far.
  func check() throws {
    if problems.count == 1 { throw problems[0] }
    if !problems.isEmpty { throw Problems(problems) }
  }

  private func shown(_ value: JSON) -> String {
    switch value {
    case .string(let text): "the string \(quoted(text, limit: 30))"
    case .number(let number): "\(number)"
    case .int(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    default: value.kindName
    }
  }
}
