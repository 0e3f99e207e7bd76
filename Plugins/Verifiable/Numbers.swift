/// The number that a solution ends with: after the last `####` when there is one (as in GSM8K),
/// else the last number of the text.
func finalNumber(in text: String) -> Double? {
  guard let mark = text.lastRange(of: "####") else { return lastNumber(in: text) }
  return firstNumber(in: text[mark...]) ?? lastNumber(in: text)
}

func lastNumber(in text: some StringProtocol) -> Double? { numbers(in: text).last }

private func firstNumber(in text: some StringProtocol) -> Double? { numbers(in: text).first }

/// Every number as people write them: a sign where no digit or letter stands before it, commas
/// between groups of three digits, one decimal point followed by a digit. Currency and percent
/// signs are not part of it.
func numbers(in text: some StringProtocol) -> [Double] {
  let bytes = Array(text.utf8)
  var found: [Double] = []
  var index = 0
  while index < bytes.count {
    guard isDigit(bytes, index) || isLeadingPoint(bytes, index) else {
      index += 1
      continue
    }
    let isNegative = hasMinus(bytes, before: index)
    let (digits, end) = scanNumber(bytes, from: index)
    if let value = Double(digits), value.isFinite { found.append(isNegative ? -value : value) }
    index = end
  }
  return found
}

private let dot = UInt8(ascii: ".")
private let comma = UInt8(ascii: ",")

private func isDigit(_ bytes: [UInt8], _ index: Int) -> Bool {
  index < bytes.count && (0x30...0x39).contains(bytes[index])
}

/// Whether a number such as `.5` starts at `index`; in `1.2.3` none does.
private func isLeadingPoint(_ bytes: [UInt8], _ index: Int) -> Bool {
  bytes[index] == dot && isDigit(bytes, index + 1) && !(index > 0 && isDigit(bytes, index - 1))
}

/// Digits from `start`, without the commas of groups, and where they end.
private func scanNumber(_ bytes: [UInt8], from start: Int) -> (digits: String, end: Int) {
  var digits = ""
  var index = start
  var hasPoint = false
  while index < bytes.count {
    if isDigit(bytes, index) {
      digits.unicodeScalars.append(Unicode.Scalar(bytes[index]))
      index += 1
    } else if bytes[index] == comma, !hasPoint, isGroup(bytes, after: index) {
      index += 1
    } else if bytes[index] == dot, !hasPoint, isDigit(bytes, index + 1) {
      digits += "."
      hasPoint = true
      index += 1
    } else {
      break
    }
  }
  return (digits.hasPrefix(".") ? "0" + digits : digits, index)
}

/// Whether exactly three digits follow the comma at `index`.
private func isGroup(_ bytes: [UInt8], after index: Int) -> Bool {
  (1...3).allSatisfy { isDigit(bytes, index + $0) } && !isDigit(bytes, index + 4)
}

/// Whether the number at `index` is negative: `-5`, `$-5` and `-$5`, but not `8-5` or `x-5`.
private func hasMinus(_ bytes: [UInt8], before index: Int) -> Bool {
  var index = index - 1
  if index >= 0, bytes[index] == UInt8(ascii: "$") { index -= 1 }
  guard index >= 0, bytes[index] == UInt8(ascii: "-") else { return false }
  guard index > 0 else { return true }
  let before = bytes[index - 1]
  let isLetter = (0x41...0x5A).contains(before) || (0x61...0x7A).contains(before)
  return !isLetter && !isDigit(bytes, index - 1) && before != UInt8(ascii: ")")
}

extension String {
  /// Where the last `mark` ends.
  fileprivate func lastRange(of mark: String) -> String.Index? {
    let bytes = Array(utf8)
    let wanted = Array(mark.utf8)
    guard bytes.count >= wanted.count else { return nil }
    for start in stride(from: bytes.count - wanted.count, through: 0, by: -1)
    where bytes[start..<start + wanted.count].elementsEqual(wanted) {
      return utf8.index(utf8.startIndex, offsetBy: start + wanted.count)
    }
    return nil
  }
}
