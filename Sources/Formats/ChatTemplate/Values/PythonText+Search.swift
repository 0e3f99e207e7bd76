/// Searching and splitting. Byte search is right for UTF-8: no character starts inside another.
extension PythonText {
  /// Byte offset of the first `needle` at or after `start`, nil when there is none. Linear time
  /// (Knuth, Morris and Pratt), since both texts may come from a hostile template.
  func firstIndex(of needle: PythonText, from start: Int = 0) -> Int? {
    TextSearch(needle).first(in: self, from: start)
  }

  func contains(_ needle: PythonText) -> Bool { firstIndex(of: needle) != nil }

  /// Byte offsets of all `needle`s, left to right, not overlapping; at most `limit`.
  func indices(of needle: PythonText, limit: Int = .max) -> [Int] {
    var found: [Int] = []
    var start = 0
    let search = TextSearch(needle)
    while found.count < limit, let hit = search.first(in: self, from: start) {
      found.append(hit)
      start = hit + needle.bytes.count
    }
    return found
  }

  /// Byte offset of the last `needle`: the first one of the reversed text.
  func lastIndex(of needle: PythonText) -> Int? {
    PythonText(bytes.reversed()).firstIndex(of: PythonText(needle.bytes.reversed()))
      .map { bytes.count - $0 - needle.bytes.count }
  }

  /// `str.split(separator, limit)` for a separator that is not empty.
  func split(by separator: PythonText, limit: Int = .max) -> [PythonText] {
    var parts: [PythonText] = []
    var start = 0
    for hit in indices(of: separator, limit: limit) {
      parts.append(PythonText(bytes[start..<hit]))
      start = hit + separator.bytes.count
    }
    return parts + [PythonText(bytes[start...])]
  }

  /// `str.rsplit(separator, limit)`: the splits are counted from the right.
  func splitFromRight(by separator: PythonText, limit: Int) -> [PythonText] {
    let flipped = PythonText(bytes.reversed())
    return flipped.split(by: PythonText(separator.bytes.reversed()), limit: limit)
      .reversed().map { PythonText($0.bytes.reversed()) }
  }

  /// `str.split()`: runs of white space separate, none at the ends.
  func splitAtSpaces(limit: Int = .max, fromRight: Bool = false) -> [PythonText] {
    let all = fromRight ? scalars.reversed() : scalars
    var words: [[Unicode.Scalar]] = []
    var index = 0
    while true {
      while index < all.count, all[index].isPythonSpace { index += 1 }
      if index == all.count { break }
      if words.count == limit {
        words.append(Array(all[index...]))
        break
      }
      let start = index
      while index < all.count, !all[index].isPythonSpace { index += 1 }
      words.append(Array(all[start..<index]))
    }
    guard fromRight else { return words.map { PythonText(scalars: $0) } }
    return words.reversed().map { PythonText(scalars: $0.reversed()) }
  }

  /// `str.replace(old, new, limit)`; an empty `old` matches between all characters.
  func replacing(_ old: PythonText, with new: PythonText, limit: Int = .max) -> PythonText {
    if old.isEmpty { return interspersing(new, limit: limit) }
    var result: [UInt8] = []
    var start = 0
    for hit in indices(of: old, limit: limit) {
      result += bytes[start..<hit]
      result += new.bytes
      start = hit + old.bytes.count
    }
    return PythonText(result + bytes[start...])
  }

  private func interspersing(_ new: PythonText, limit: Int) -> PythonText {
    var result: [UInt8] = []
    var left = limit
    func insert() {
      if left > 0 { result += new.bytes }
      left -= 1
    }
    for byte in bytes {
      if byte & 0xC0 != 0x80 { insert() }
      result.append(byte)
    }
    insert()
    return PythonText(result)
  }

  /// `str.splitlines(keepEnds)`.
  func lines(keepEnds: Bool = false) -> [PythonText] {
    var lines: [PythonText] = []
    var line: [Unicode.Scalar] = []
    let all = scalars
    var index = 0
    while index < all.count {
      let scalar = all[index]
      index += 1
      guard scalar.isPythonLineEnd else {
        line.append(scalar)
        continue
      }
      if keepEnds { line.append(scalar) }
      if scalar == "\r", index < all.count, all[index] == "\n" {
        if keepEnds { line.append(all[index]) }
        index += 1
      }
      lines.append(PythonText(scalars: line))
      line = []
    }
    if !line.isEmpty { lines.append(PythonText(scalars: line)) }
    return lines
  }
}

/// A text to look for, with the table that makes looking linear.
private struct TextSearch {
  private let needle: [UInt8]
  /// For every prefix the length of its longest border: how much still matches after a mismatch.
  private let borders: [Int]

  init(_ text: PythonText) {
    needle = text.bytes
    var borders = Array(repeating: 0, count: needle.count)
    var length = 0
    for index in needle.indices.dropFirst() {
      while length > 0, needle[index] != needle[length] { length = borders[length - 1] }
      if needle[index] == needle[length] { length += 1 }
      borders[index] = length
    }
    self.borders = borders
  }

  func first(in text: PythonText, from start: Int) -> Int? {
    if needle.isEmpty { return start <= text.bytes.count ? start : nil }
    guard start < text.bytes.count else { return nil }
    var length = 0
    for index in start..<text.bytes.count {
      while length > 0, text.bytes[index] != needle[length] { length = borders[length - 1] }
      if text.bytes[index] == needle[length] { length += 1 }
      if length == needle.count { return index + 1 - length }
    }
    return nil
  }
}
