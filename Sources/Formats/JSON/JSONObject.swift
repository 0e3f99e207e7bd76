/// Keys and values in the order of the file, found by name in constant time.
public struct JSONObject: Sendable {
  /// Every key with its value, in order; no key twice.
  public private(set) var entries: [(key: String, value: JSON)]
  /// Position of every key; empty while a linear search is as fast.
  private var positions: [ExactKey: Int] = [:]
  private static let indexedFrom = 9

  public init() { entries = [] }

  /// The entries in order; of equal keys the last value stays, in the place of the first.
  public init(_ entries: some Sequence<(key: String, value: JSON)>) {
    self.init()
    for (key, value) in entries { self[key] = value }
  }

  /// Distinct keys, as the parser has checked them already.
  fileprivate init(distinct entries: [(key: String, value: JSON)], positions: [ExactKey: Int]) {
    self.entries = entries
    self.positions = positions
  }

  public var count: Int { entries.count }
  public var isEmpty: Bool { entries.isEmpty }
  public var keys: [String] { entries.map(\.key) }

  /// The value of `key`. Setting a new key appends it; setting nil removes it, which costs O(n).
  public subscript(key: String) -> JSON? {
    get { position(of: key).map { entries[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let found?, let value?): entries[found].value = value
      case (let found?, nil): remove(at: found)
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  private func position(of key: String) -> Int? {
    if !positions.isEmpty { return positions[ExactKey(key)] }
    return entries.firstIndex { ExactKey($0.key) == ExactKey(key) }
  }

  private mutating func append(_ key: String, _ value: JSON) {
    entries.append((key, value))
    if !positions.isEmpty {
      positions[ExactKey(key)] = entries.count - 1
    } else if entries.count >= Self.indexedFrom {
      positions = Self.positions(of: entries)
    }
  }

  private mutating func remove(at index: Int) {
    entries.remove(at: index)
    positions = entries.count >= Self.indexedFrom ? Self.positions(of: entries) : [:]
  }

  private static func positions(of entries: [(key: String, value: JSON)]) -> [ExactKey: Int] {
    var positions = [ExactKey: Int](minimumCapacity: entries.count)
    for (index, entry) in entries.enumerated() { positions[ExactKey(entry.key)] = index }
    return positions
  }

  /// An object of what the parser read, and the place of the first key that came twice.
  static func checking(
    _ entries: [(key: String, value: JSON)]
  ) -> (object: JSONObject, repeated: Int?) {
    if entries.count < indexedFrom {
      for index in entries.indices.dropFirst() {
        if entries[..<index].contains(where: { ExactKey($0.key) == ExactKey(entries[index].key) }) {
          return (JSONObject(entries), index)
        }
      }
      return (JSONObject(distinct: entries, positions: [:]), nil)
    }
    var positions = [ExactKey: Int](minimumCapacity: entries.count)
    for (index, entry) in entries.enumerated() {
      if positions.updateValue(index, forKey: ExactKey(entry.key)) != nil {
        return (JSONObject(entries), index)
      }
    }
    return (JSONObject(distinct: entries, positions: positions), nil)
  }
}

/// Equal when the same keys have equal values, in whatever order.
extension JSONObject: Equatable {
  public static func == (one: JSONObject, other: JSONObject) -> Bool {
    one.count == other.count && one.entries.allSatisfy { other[$0.key] == $0.value }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(elements.map { (key: $0.0, value: $0.1) })
  }
}

/// A key compared byte by byte. Swift calls strings equal that are canonically equivalent
/// (`é` as one scalar or two), but vocabularies hold both spellings as different tokens.
private struct ExactKey: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (one: ExactKey, other: ExactKey) -> Bool {
    one.text.utf8.count == other.text.utf8.count && one.text.utf8.elementsEqual(other.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
