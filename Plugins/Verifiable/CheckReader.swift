import PluginAPI

/// Reads the keys of one check and gathers everything that is wrong with them.
///
/// Each call names the key it takes; what was never taken is reported by `finish` as unknown.
struct CheckReader {
  private let object: JSONObject
  private let kind: String
  /// Such as `train.jsonl:7: checks[2]`.
  let place: String
  private(set) var problems: [Problem] = []
  private var taken: [String] = ["type", "weight"]

  init(_ object: JSONObject, kind: String, place: String) {
    self.object = object
    self.kind = kind
    self.place = place
  }

  mutating func string(_ key: String) -> String? {
    guard let value = take(key) else { return nil }
    guard let text = value.string else { return complain(key, value, expected: "a string") }
    return text
  }

  mutating func requiredString(_ key: String) -> String? {
    require(key) ? string(key) : nil
  }

  /// The value under `key` as a number; a string is read as people write numbers (`$1,234.50`).
  mutating func requiredNumber(_ key: String) -> Double? {
    guard require(key), let value = take(key) else { return nil }
    if let number = value.double { return number }
    if let text = value.string, let number = lastNumber(in: text) { return number }
    return complain(key, value, expected: "a number")
  }

  mutating func number(_ key: String, default fallback: Double) -> Double {
    guard let value = take(key) else { return fallback }
    guard let number = value.double, number >= 0 else {
      return complain(key, value, expected: "a number of at least 0") ?? fallback
    }
    return number
  }

  mutating func flag(_ key: String, default fallback: Bool = false) -> Bool {
    guard let value = take(key) else { return fallback }
    return value.bool ?? complain(key, value, expected: "true or false") ?? fallback
  }

  mutating func count(_ key: String) -> Int? {
    guard let value = take(key) else { return nil }
    guard let count = value.int, count >= 0 else {
      return complain(key, value, expected: "a whole number of at least 0")
    }
    return Int(count)
  }

  /// A string, or a list of strings; nil when the key is absent.
  mutating func strings(_ key: String) -> [String]? {
    guard let value = take(key) else { return nil }
    if let text = value.string { return [text] }
    guard let texts = value.array?.map(\.string), !texts.contains(nil), !texts.isEmpty else {
      return complain(key, value, expected: "a string or a list of strings")
    }
    return texts.compactMap(\.self)
  }

  mutating func value(_ key: String) -> JSON? { take(key) }

  /// One of a few words under `key`.
  mutating func choice<Value: CaseIterable & RawRepresentable>(
    _ key: String, of type: Value.Type
  ) -> Value? where Value.RawValue == String {
    guard let text = requiredString(key) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return complain(key, .string(text), expected: "one of \(names)")
  }

  /// Says that the check as a whole cannot be read.
  mutating func report(_ what: String, expected: String? = nil, hint: String? = nil) {
    problems.append(Problem(.badData, at: place, what, expected: expected, hint: hint))
  }

  /// Reports the keys that nobody asked for.
  mutating func finish() {
    for key in object.keys where !taken.contains(key) {
      let known = taken.dropFirst(2).joined(separator: ", ")
      report(
        "a check of type \(quoted(kind)) has no key \(quoted(key))",
        expected: known.isEmpty ? "only type and weight" : "one of type, weight, \(known)")
    }
  }

  private mutating func take(_ key: String) -> JSON? {
    if !taken.contains(key) { taken.append(key) }
    guard let value = object[key], value != .null else { return nil }
    return value
  }

  private mutating func require(_ key: String) -> Bool {
    if take(key) != nil { return true }
    report("a check of type \(quoted(kind)) needs the key \(quoted(key))")
    return false
  }

  private mutating func complain<Value>(
    _ key: String, _ value: JSON, expected: String
  ) -> Value? {
    report("\(key) is \(quoted(value.serialized(), limit: 40))", expected: expected)
    return nil
  }
}
