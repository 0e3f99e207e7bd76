import PluginAPI

/// Makes values of a type as Python writes them: edge cases, then random ones of any size.
struct ValueMaker {
  private let random: CounterRNG
  private var drawn: UInt64 = 0

  init(_ random: CounterRNG) { self.random = random }

  /// Values that programs trip over, plain ones first.
  func edges(_ type: ArgumentType, depth: Int = 0) -> [String] {
    guard depth < 4 else { return ["0"] }
    switch type {
    case .none: return ["None"]
    case .bool: return ["True", "False"]
    case .int: return ["0", "1", "-1", "2", "3", "10", "-7", "100", "17", "1024"]
    case .float: return ["0.0", "1.0", "-1.0", "0.5", "2.75", "-3.25", "100.0", "1e-06", "1e6"]
    case .text: return Self.texts
    case .list(let inner): return Self.series(edges(inner, depth: depth + 1)).map { "[\($0)]" }
    case .sequence(let inner):
      return Self.series(edges(inner, depth: depth + 1)).map { Self.tuple($0) }
    case .set(let inner):
      return Self.series(edges(inner.hashable, depth: depth + 1))
        .map { $0.isEmpty ? "set()" : "{\($0)}" }
    case .tuple(let parts):
      let each = parts.map { edges($0, depth: depth + 1) }
      return (0..<6).map { index in
        Self.tuple(each.map { $0[index % max(1, $0.count)] }.joined(separator: ", "))
      }
    case .dictionary(let key, let value):
      let keys = edges(key.hashable, depth: depth + 1)
      let values = edges(value, depth: depth + 1)
      return (0..<4).map { count in
        "{" + zip(keys, values).prefix(count).map { "\($0): \($1)" }.joined(separator: ", ") + "}"
      }
    case .union(let choices):
      return choices.isEmpty ? ["None"] : choices.flatMap { edges($0, depth: depth + 1).prefix(6) }
    case .any:
      return Self.interleaved(
        [.int, .list(.int), .text, .list(.text), .float].map { edges($0, depth: depth + 2) })
    }
  }

  /// A value of about `size`: its digits, its length.
  mutating func value(_ type: ArgumentType, size: Int, depth: Int = 0) -> String {
    switch type {
    case .none: "None"
    case .bool: draw(2) == 0 ? "False" : "True"
    case .int: "\(draw(2 * size * size + 1) - size * size)"
    case .float: "\(Double(draw(200 * size + 1) - 100 * size) / 8)"
    case .text: text(draw(size + 1))
    case .list(let inner): "[" + values(inner, size, depth).joined(separator: ", ") + "]"
    case .sequence(let inner): Self.tuple(values(inner, size, depth).joined(separator: ", "))
    case .set(let inner): set(values(inner.hashable, size, depth))
    case .tuple(let parts):
      Self.tuple(parts.map { value($0, size: size, depth: depth + 1) }.joined(separator: ", "))
    case .dictionary(let key, let inner):
      "{"
        + (0..<draw(min(size, 8) + 1)).map { _ in
          value(key.hashable, size: size, depth: depth + 1) + ": "
            + value(inner, size: size, depth: depth + 1)
        }.joined(separator: ", ") + "}"
    case .union(let choices):
      choices.isEmpty ? "None" : value(choices[draw(choices.count)], size: size, depth: depth + 1)
    case .any: value([.int, .list(.int), .text][draw(3)], size: size, depth: depth + 1)
    }
  }

  private mutating func values(_ type: ArgumentType, _ size: Int, _ depth: Int) -> [String] {
    guard depth < 4 else { return [] }
    // Inner values stay small, so that equal ones occur.
    return (0..<draw(size + 1)).map { _ in
      value(type, size: max(2, size / 2), depth: depth + 1)
    }
  }

  private func set(_ values: [String]) -> String {
    values.isEmpty ? "set()" : "{" + values.joined(separator: ", ") + "}"
  }

  private mutating func text(_ length: Int) -> String {
    let alphabet = Array("aaabbcdeefghiijklmnoopqrstuuvwxyzABCEIOUXYZ0123459   ,.()[]-é")
    return "'" + String((0..<length).map { _ in alphabet[draw(alphabet.count)] }) + "'"
  }

  private mutating func draw(_ bound: Int) -> Int {
    defer { drawn += 1 }
    return random.integer(drawn, below: max(1, bound))
  }

  private static let texts = [
    "''", "'a'", "'ab'", "'Hello, World!'", "'aa'", "'abcba'", "' '", "'A b  C'", "'12'",
    "'(())'", "'été 日本'", "'abc abc ABC'", "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
  ]

  /// Contents of collections: none, one, twice the same, several, the same in another order.
  private static func series(_ values: [String]) -> [String] {
    let first = Array(values.prefix(1))
    let some = Array(values.prefix(5))
    return [
      [], first, first + first, some, some.reversed(), Array(values.prefix(3)) + first,
      values, Array(values.dropFirst().prefix(1)), Array((some + some).dropFirst(2)),
    ].map { $0.joined(separator: ", ") }
  }

  private static func tuple(_ content: String) -> String {
    content.isEmpty ? "()" : "(\(content),)"
  }

  private static func interleaved(_ lists: [[String]]) -> [String] {
    let longest = lists.map(\.count).max() ?? 0
    return (0..<longest).flatMap { index in lists.compactMap { $0.dropFirst(index).first } }
  }
}
