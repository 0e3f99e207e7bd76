import Foundation
import PluginAPI

/// Answers in written replies.
enum ReplyReader {
  /// The rating in a reply: the last number in double brackets, else the last number, `8/10` and `8
  /// out of 10` being 8. nil without one, and for one that is not on the scale.
  static func rating(in reply: String, scale: ClosedRange<Int>) -> Double? {
    let marked = reply.matches(of: /\[\[\s*(-?\d+(?:\.\d+)?)\s*\]\]/).last.map { String($0.1) }
    let text = marked ?? lastNumber(in: reply)
    guard let value = text.flatMap(Double.init), value.isFinite else { return nil }
    return Double(scale.lowerBound) <= value && value <= Double(scale.upperBound) ? value : nil
  }

  private static func lastNumber(in reply: String) -> String? {
    let pattern = /(-?\d+(?:\.\d+)?)(?:[\s*]*(?:\/|out of)[\s*]*\d+(?:\.\d+)?)?/
    // A hyphen after a letter or digit joins words ("GPT-4", "1-10") and is no sign.
    return reply.matches(of: pattern).last.map { match in
      let text = String(match.1)
      guard text.hasPrefix("-"), match.range.lowerBound > reply.startIndex else { return text }
      let before = reply[reply.index(before: match.range.lowerBound)]
      return before.isLetter || before.isNumber ? String(text.dropFirst()) : text
    }
  }

  /// Whether a reply says yes: what stands in double brackets where something does, else its first
  /// word, else the one of the two words that it holds. nil when it says neither or both.
  static func yes(in reply: String) -> Bool? {
    let marks = reply.matches(of: /\[\[\s*([A-Za-z]+)\s*\]\]/).map { word(String($0.1)) }
    if !marks.isEmpty {
      let said = Set(marks)
      return said.count == 1 ? marks[0] : nil
    }
    let words = reply.split { !$0.isLetter && $0 != "'" }.map { word(String($0)) }
    if let first = words.first, let said = first { return said }
    let said = Set(words.compactMap { $0 })
    return said.count == 1 ? said.first : nil
  }

  private static func word(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "yes": true
    case "no": false
    default: nil
    }
  }
}
