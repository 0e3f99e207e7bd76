import Kernels

/// SentencePiece's compiled character map: a double-array trie of what to replace, and the
/// replacements, each ended by a zero byte.
///
/// A grapheme cluster of under six bytes is looked up whole, else (or without a hit) each of its
/// characters; of the prefixes that hit, the shortest replaces all that was looked up.
struct PrecompiledNormalizer: Normalizer {
  private let trie: [UInt32]
  private let replacements: [UInt8]
  /// Whether a single ASCII character stays as it is.
  private let keepsASCII: [Bool]

  /// Throws `Problem` at `place` when the map is malformed.
  init(charsmap: [UInt8], place: String) throws(Problem) {
    guard charsmap.count >= 4 else {
      throw Problem(.badData, at: place, "a character map of \(charsmap.count) bytes")
    }
    func word(_ offset: Int) -> UInt32 {
      UInt32(charsmap[offset]) | UInt32(charsmap[offset + 1]) << 8
        | UInt32(charsmap[offset + 2]) << 16 | UInt32(charsmap[offset + 3]) << 24
    }
    let size = Int(word(0))
    guard size % 4 == 0, size <= charsmap.count - 4 else {
      throw Problem(
        .badData, at: place, "a trie of \(size) bytes in a map of \(charsmap.count)",
        expected: "a multiple of 4 that fits")
    }
    trie = stride(from: 4, to: 4 + size, by: 4).map(word)
    replacements = Array(charsmap[(4 + size)...])
    let (trie, replacements) = (trie, replacements)
    keepsASCII = (0..<128).map { byte in
      Self.lookUp([UInt8(byte)], trie, replacements) == nil
    }
    guard String(validating: replacements, as: UTF8.self) != nil else {
      throw Problem(.badData, at: place, "replacements of a character map are not UTF-8")
    }
  }

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) {
    if isUnchanged(text.bytes) { return }
    var changes: [AlignedText.Change] = []
    changes.reserveCapacity(text.count)
    var isModified = false
    var position = 0
    let bytes = text.bytes
    while position < bytes.count {
      // Between ASCII characters every one is a cluster of its own, save CR LF.
      if bytes[position] < 0x80, position + 1 == bytes.count || bytes[position + 1] < 0x80,
        bytes[position] != 0x0D
      {
        isModified = append(bytes[position..<position + 1], to: &changes) || isModified
        position += 1
        continue
      }
      var end = position + 1
      while end < bytes.count,
        !(bytes[end] < 0x80 && bytes[end - 1] < 0x80 && bytes[end - 1] != 0x0D)
      { end += 1 }
      // Whole clusters: the run may end within one only at an ASCII character, which begins one.
      let run = String(decoding: bytes[position..<end], as: UTF8.self)
      for cluster in run {
        isModified = normalize(Array(cluster.utf8), into: &changes) || isModified
      }
      position = end
    }
    if isModified { text.rewrite(changes) }
  }

  private func isUnchanged(_ bytes: [UInt8]) -> Bool {
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte < 0x80, keepsASCII[Int(byte)] else { return false }
      if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { return false }
    }
    return true
  }

  private func normalize(_ cluster: [UInt8], into changes: inout [AlignedText.Change]) -> Bool {
    if cluster.count < 6, let replacement = Self.lookUp(cluster, trie, replacements) {
      replace(cluster, by: replacement, in: &changes)
      return true
    }
    var isModified = false
    var position = 0
    while position < cluster.count {
      let end = min(cluster.count, position + utf8Length(cluster[position]))
      isModified = append(cluster[position..<end], to: &changes) || isModified
      position = end
    }
    return isModified
  }

  /// Appends one character or its replacement.
  private func append(
    _ character: ArraySlice<UInt8>, to changes: inout [AlignedText.Change]
  ) -> Bool {
    if character.count == 1, let byte = character.first, keepsASCII[Int(byte)] {
      changes.append((UInt32(byte), 0))
      return false
    }
    if let replacement = Self.lookUp(Array(character), trie, replacements) {
      replace(Array(character), by: replacement, in: &changes)
      return true
    }
    for value in Array(character).scalarValues { changes.append((value, 0)) }
    return false
  }

  private func replace(
    _ old: [UInt8], by new: [UInt8], in changes: inout [AlignedText.Change]
  ) {
    let values = new.scalarValues
    let oldCount = old.scalarValues.count
    for (index, value) in values.enumerated() {
      changes.append((value, index < oldCount ? 0 : 1))
    }
    if values.count < oldCount, !changes.isEmpty {
      changes[changes.count - 1].change += values.count - oldCount
    }
  }

  /// The replacement of the shortest prefix of `key` that has one.
  private static func lookUp(
    _ key: [UInt8], _ trie: [UInt32], _ replacements: [UInt8]
  ) -> [UInt8]? {
    guard let root = trie.first else { return nil }
    var position = offset(root)
    for byte in key {
      if byte == 0 { return nil }
      position ^= Int(byte)
      guard position < trie.count else { return nil }
      let unit = trie[position]
      // The label of a unit: its low byte, with the bit that marks leaves.
      guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
      position ^= offset(unit)
      guard position < trie.count else { return nil }
      if unit >> 8 & 1 == 1 {
        let start = Int(trie[position] & 0x7FFF_FFFF)
        guard start <= replacements.count,
          start == replacements.count || !isContinuation(replacements[start])
        else { return nil }
        let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
        return Array(replacements[start..<end])
      }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & (1 << 9)) >> 6)
  }
}

/// SentencePiece's NMT rules: control characters go, odd spaces become spaces.
struct NmtNormalizer: Normalizer {
  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) {
    text.filter { value in
      switch value {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    text.map { value in
      switch value {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
        0x20
      default: value
      }
    }
  }
}
