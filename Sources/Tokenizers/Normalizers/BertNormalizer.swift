import Kernels

/// BERT's clean-up: control characters go, white space becomes a space, Chinese characters stand
/// alone, accents and case go when asked.
struct BertNormalizer: Normalizer {
  let cleansText: Bool
  let separatesChinese: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  func apply(to text: inout AlignedText, _ scratch: EncodeScratch) {
    if cleansText {
      text.filter { !Self.isDropped($0) }
      text.map { Self.isSpace($0) ? 0x20 : $0 }
    }
    if separatesChinese { separateChinese(&text) }
    if stripsAccents {
      UnicodeNormalization.normalize(&text, to: .nfd)
      text.filter { $0 < 0x300 || !ScalarClass.of($0).contains(.nonspacingMark) }
    }
    if lowercases { text.lowercase() }
  }

  private func separateChinese(_ text: inout AlignedText) {
    let values = text.bytes.scalarValues
    guard values.contains(where: Self.isChinese) else { return }
    var changes: [AlignedText.Change] = []
    changes.reserveCapacity(values.count + 16)
    for value in values {
      if Self.isChinese(value) {
        changes.append(contentsOf: [(0x20, 0), (value, 1), (0x20, 1)])
      } else {
        changes.append((value, 0))
      }
    }
    text.rewrite(changes)
  }

  private static func isSpace(_ value: UInt32) -> Bool {
    value < 0x80
      ? value == 0x20 || (0x09...0x0D).contains(value) : ScalarClass.of(value).contains(.space)
  }

  private static func isDropped(_ value: UInt32) -> Bool {
    switch value {
    case 0, 0xFFFD: return true
    case 0x09, 0x0A, 0x0D: return false
    case 0x20..<0x7F: return false
    default: break
    }
    guard let scalar = Unicode.Scalar(value) else { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate: return true
    default: return false
    }
  }

  private static func isChinese(_ value: UInt32) -> Bool {
    guard value >= 0x3400 else { return false }
    return (0x4E00...0x9FFF).contains(value) || (0x3400...0x4DBF).contains(value)
      || (0x20000...0x2A6DF).contains(value) || (0x2A700...0x2B73F).contains(value)
      || (0x2B740...0x2B81F).contains(value) || (0x2B920...0x2CEAF).contains(value)
      || (0xF900...0xFAFF).contains(value) || (0x2F800...0x2FA1F).contains(value)
  }
}
