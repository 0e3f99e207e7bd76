import Foundation
import PluginAPI

/// Which part of a response is its answer.
enum AnswerExtraction: String, OptionChoice {
  /// After the last `####`, else the last `\boxed{}`, else the whole text when it is one line,
  /// else its last number, else its last line.
  case auto
  /// What follows the last `####`, as in GSM8K.
  case gsm8k
  /// The content of the last `\boxed{}`.
  case boxed
  /// The last number.
  case number
  /// The last line that is not empty.
  case lastLine = "last_line"
  /// All of it.
  case whole

  /// The answer in one spelling; nil when the response has none.
  func answer(in response: String) -> String? {
    found(in: response).map(normalised).flatMap { $0.isEmpty ? nil : $0 }
  }

  private func found(in response: String) -> String? {
    switch self {
    case .gsm8k: marked(response)
    case .boxed: boxed(response)
    case .number: numbers(in: response).last
    case .lastLine: lines(response).last
    case .whole: response
    case .auto:
      marked(response) ?? boxed(response)
        ?? (lines(response).count < 2 ? response : numbers(in: response).last)
        ?? lines(response).last
    }
  }

  private func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { String($0.trimmed) }.filter { !$0.isEmpty }
  }

  /// The first line after the last `####`.
  private func marked(_ text: String) -> String? {
    guard let mark = text.range(of: "####", options: .backwards) else { return nil }
    return lines(String(text[mark.upperBound...])).first
  }

  private func boxed(_ text: String) -> String? {
    guard let mark = text.range(of: "\\boxed{", options: .backwards) else { return nil }
    var depth = 1
    for index in text[mark.upperBound...].indices {
      if text[index] == "{" { depth += 1 }
      if text[index] == "}" { depth -= 1 }
      if depth == 0 { return String(text[mark.upperBound..<index]) }
    }
    return nil  // cut short
  }
}

/// Lower case, white space as single blanks, punctuation at the end dropped; what is a number in
/// its shortest form: `1,000.0`, `$1000` and `1000.` are `1000`.
func normalised(_ text: String) -> String {
  let words = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  let end = words.lastIndex { !".!?,;:".contains($0) }
  let answer = String(end.map { words[...$0] } ?? "")
  let bare = answer.filter { !"$%€£,".contains($0) }
  guard let value = Double(bare), value.isFinite, bare.allSatisfy({ $0.isASCII && !$0.isLetter })
  else { return answer }
  return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
}

/// Numbers as people write them: digits with commas between groups of three, a point, a sign
/// where no word ends before it.
func numbers(in text: String) -> [String] {
  text.matches(of: /(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?/).map { match in
    let digits = match.output.replacing(",", with: "")
    var before = text[..<match.range.lowerBound]
    guard let sign = before.popLast(), "-−".contains(sign) else { return String(digits) }
    let isDifference = before.last.map { $0.isLetter || $0.isNumber || ")_".contains($0) } ?? false
    return isDifference ? String(digits) : "-" + digits
  }
}
