import Kernels

/// Rewrites text before it is cut into words.
protocol Normalizer: Sendable {
  /// Throws `Problem` when a regular expression gives up.
  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) throws(Problem)
}

struct NormalizerSequence: Normalizer {
  let steps: [any Normalizer]

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) throws(Problem) {
    for step in steps { try step.apply(to: &text, scratch) }
  }
}

struct UnicodeNormalizer: Normalizer {
  let form: UnicodeNormalization.Form

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) {
    UnicodeNormalization.normalize(&text, to: form)
  }
}

/// Puts a text before every text that is not empty.
struct PrependNormalizer: Normalizer {
  let prefix: [UInt8]

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) { text.prepend(prefix) }
}

/// Replaces all matches of a pattern.
struct ReplaceNormalizer: Normalizer {
  enum Pattern: Sendable {
    case literal([UInt8])
    case regex(RegexFinder)
  }

  let pattern: Pattern
  let content: [UInt8]

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) throws(Problem) {
    switch pattern {
    case .literal(let bytes): text.replaceAll(bytes, with: content)
    case .regex(let finder):
      var matches: [Piece] = []
      var failure: Problem?
      text.bytes.withUnsafeBufferPointer { bytes in
        do throws(Problem) {
          try finder.findMatches(in: bytes, into: &matches, scratch)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      text.replace(matches.map(\.range), with: content)
    }
  }
}

/// Trims white space.
struct StripNormalizer: Normalizer {
  let left: Bool
  let right: Bool

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) {
    let values = text.bytes.scalarValues
    var start = 0
    var end = values.count
    if left {
      while start < end, ScalarClass.of(values[start]).contains(.space) { start += 1 }
    }
    if right {
      while end > start, ScalarClass.of(values[end - 1]).contains(.space) { end -= 1 }
    }
    guard start > 0 || end < values.count else { return }
    let first = values[..<start].reduce(0) { $0 + utf8Width($1) }
    let length = values[start..<end].reduce(0) { $0 + utf8Width($1) }
    text = text.slice(first..<first + length)
  }
}

/// Drops combining marks; text must be decomposed before, or there are none.
struct StripAccentsNormalizer: Normalizer {
  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) {
    text.filter { $0 < 0x300 || !ScalarClass.of($0).contains(.mark) }
  }
}

struct LowercaseNormalizer: Normalizer {
  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) { text.lowercase() }
}

/// The bytes of the text in GPT-2's alphabet.
struct ByteLevelNormalizer: Normalizer {
  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) { text.spellBytes() }
}

extension AlignedText {
  /// Every character's own lower case, whatever surrounds it.
  mutating func lowercase() {
    let isASCII = bytes.allSatisfy { $0 < 0x80 }
    if isASCII {
      guard bytes.contains(where: { (0x41...0x5A).contains($0) }) else { return }
      return map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
    var changes: [Change] = []
    changes.reserveCapacity(bytes.count)
    for value in bytes.scalarValues {
      guard let scalar = Unicode.Scalar(value) else { continue }
      if value < 0x80 {
        changes.append(((0x41...0x5A).contains(value) ? value | 0x20 : value, 0))
      } else {
        for (index, lower) in scalar.properties.lowercaseMapping.unicodeScalars.enumerated() {
          changes.append((lower.value, index == 0 ? 0 : 1))
        }
      }
    }
    rewrite(changes)
  }
}
