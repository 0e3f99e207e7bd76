/// One step from tokens back to text. Tokens are UTF-8; what is left in the end is joined.
protocol TokenDecoder: Sendable {
  func decode(_ tokens: [[UInt8]]) -> [[UInt8]]
}

struct DecoderSequence: TokenDecoder {
  let steps: [any TokenDecoder]

  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] { steps.reduce(tokens) { $1.decode($0) } }
}

/// Characters of GPT-2's alphabet back to bytes; a token with any other character is taken as it is.
struct ByteLevelDecoder: TokenDecoder {
  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var bytes: [UInt8] = []
    for token in tokens where !ByteAlphabet.append(token, to: &bytes) {
      bytes += token
    }
    return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
  }
}

/// Runs of `<0xNN>` tokens back to text; every byte of a broken run becomes U+FFFD.
struct ByteFallbackDecoder: TokenDecoder {
  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    for token in tokens {
      if let byte = Self.byte(token) {
        run.append(byte)
      } else {
        Self.flush(&run, into: &result)
        result.append(token)
      }
    }
    Self.flush(&run, into: &result)
    return result
  }

  private static func flush(_ run: inout [UInt8], into result: inout [[UInt8]]) {
    guard !run.isEmpty else { return }
    if String(validating: run, as: UTF8.self) != nil {
      result.append(run)
    } else {
      for _ in run { result.append([0xEF, 0xBF, 0xBD]) }
    }
    run = []
  }

  /// The byte that `<0xNN>` stands for.
  static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}

/// All tokens as one.
struct FuseDecoder: TokenDecoder {
  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] { [Array(tokens.joined())] }
}

/// Takes up to `start` and `stop` characters `content` off every token.
struct StripDecoder: TokenDecoder {
  let content: [UInt8]
  let start: Int
  let stop: Int

  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.map { token in
      var rest = token[...]
      var count = 0
      while count < start, !rest.isEmpty, rest.starts(with: content) {
        rest = rest.dropFirst(content.count)
        count += 1
      }
      count = 0
      while count < stop, !rest.isEmpty, rest.suffix(content.count).elementsEqual(content) {
        rest = rest.dropLast(content.count)
        count += 1
      }
      return Array(rest)
    }
  }
}

/// Replaces a fixed text in every token.
struct ReplaceDecoder: TokenDecoder {
  let pattern: [UInt8]
  let content: [UInt8]

  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.map { $0.replacing(pattern, with: content) }
  }
}

/// `▁` back to spaces; those of the first token go when one was put there.
struct MetaspaceDecoder: TokenDecoder {
  let replacement: [UInt8]
  let dropsFirst: Bool

  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      token.replacing(replacement, with: index == 0 && dropsFirst ? [] : [0x20])
    }
  }
}

/// WordPiece: words apart, continuations joined; `cleansUp` joins punctuation and contractions.
struct WordPieceDecoder: TokenDecoder {
  let prefix: [UInt8]
  let cleansUp: Bool

  private static let cleanups: [(pattern: [UInt8], content: [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      var token = token
      if index > 0 {
        if token.starts(with: prefix) {
          token.removeFirst(prefix.count)
        } else {
          token.insert(0x20, at: 0)
        }
      }
      guard cleansUp else { return token }
      return Self.cleanups.reduce(token) { $0.replacing($1.pattern, with: $1.content) }
    }
  }
}

/// The decoder of BPE with an end-of-word suffix: the suffix becomes a space, save the last one.
struct WordSuffixDecoder: TokenDecoder {
  let suffix: [UInt8]

  func decode(_ tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      token.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20])
    }
  }
}

extension [UInt8] {
  fileprivate func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    let ranges = ranges(of: pattern)
    guard !ranges.isEmpty else { return self }
    var result: [UInt8] = []
    var position = 0
    for range in ranges {
      result += self[position..<range.lowerBound]
      result += content
      position = range.upperBound
    }
    return result + self[position...]
  }
}
