/// A token that is cut out of the text before the model sees it.
struct AddedToken: Sendable, Equatable {
  var id: Int32
  var content: String
  /// Only between characters that are not of a word.
  var isSingleWord = false
  /// Swallows white space before it, after it.
  var stripsLeft = false
  var stripsRight = false
  /// Found in normalized text, not in the original.
  var isNormalized = false
  var isSpecial = false
}

/// Finds added tokens in text, the leftmost first and of those the longest.
struct AddedTokenFinder: Sendable {
  private let tokens: [AddedToken]
  private let trie: ByteTrie

  /// `spelled` are the tokens as they stand in the text: normalized where the text is. Of tokens
  /// that are spelled alike the first counts, special ones before others, as in the reference.
  init(_ tokens: [AddedToken], spelled: [[UInt8]]) {
    self.tokens = tokens
    let found = spelled.indices.filter { !spelled[$0].isEmpty }
    let order = found.filter { tokens[$0].isSpecial } + found.filter { !tokens[$0].isSpecial }
    trie = ByteTrie(
      order.reversed().map { (spelled[$0], Int32(truncatingIfNeeded: $0)) })
  }

  var isEmpty: Bool { tokens.isEmpty }

  /// A token, nil for ordinary text, and its bytes.
  struct Part {
    var token: AddedToken?
    var range: Range<Int>
  }

  /// Cuts `text` into tokens and what lies between them. Special ones are left in the text
  /// unless `findsSpecial`.
  func parts(of text: UnsafeBufferPointer<UInt8>, findsSpecial: Bool) -> [Part] {
    var parts: [Part] = []
    var position = 0
    var emitted = 0
    while position < text.count {
      guard trie.roots[Int(text[position])] >= 0,
        let match = trie.longestMatch(text, at: position)
      else {
        position += 1
        continue
      }
      let token = tokens[Int(match.value)]
      let end = position + match.length
      if (token.isSpecial && !findsSpecial)
        || (token.isSingleWord && !standsAlone(position..<end, in: text))
      {
        position = end
        continue
      }
      let start =
        token.stripsLeft ? max(emitted, spaceStart(before: position, in: text)) : position
      let stop = token.stripsRight ? spaceEnd(after: end, in: text) : end
      if emitted < start { parts.append(Part(token: nil, range: emitted..<start)) }
      parts.append(Part(token: token, range: start..<stop))
      emitted = stop
      position = max(end, stop)
    }
    if emitted < text.count { parts.append(Part(token: nil, range: emitted..<text.count)) }
    return parts
  }

  private func standsAlone(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
    if range.lowerBound > 0 {
      let before = characterStart(before: range.lowerBound, in: text)
      if isWord(text, at: before) { return false }
    }
    return range.upperBound == text.count || !isWord(text, at: range.upperBound)
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
    ScalarClass.of(decodeScalar(text, at: position).value).contains(.word)
  }

  private func spaceStart(before end: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
    var position = end
    while position > 0 {
      let before = characterStart(before: position, in: text)
      guard ScalarClass.of(decodeScalar(text, at: before).value).contains(.space) else { break }
      position = before
    }
    return position
  }

  private func spaceEnd(after start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
    var position = start
    while position < text.count {
      let (value, length) = decodeScalar(text, at: position)
      guard ScalarClass.of(value).contains(.space) else { break }
      position += length
    }
    return position
  }

  private func characterStart(before end: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
    var position = end - 1
    while position > 0, isContinuation(text[position]) { position -= 1 }
    return position
  }
}
