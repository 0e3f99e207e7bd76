/// How many columns text takes in a terminal: 2 for East Asian wide characters and emoji, 0 for
/// combining marks, 1 for the rest.
enum DisplayWidth {
  static func columns(_ text: String) -> Int {
    text.utf8.allSatisfy { 0x20 <= $0 && $0 < 0x7F }
      ? text.utf8.count : text.reduce(0) { $0 + columns($1) }
  }

  /// `text` with spaces before (`trailing`) or after it, so that it takes `width` columns; longer
  /// text stays as it is.
  static func padded(_ text: String, to width: Int, trailing: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - columns(text)))
    return trailing ? spaces + text : text + spaces
  }

  /// `text` cut to `width` columns, its last one an ellipsis when something was cut.
  static func truncated(_ text: String, to width: Int) -> String {
    guard columns(text) > width else { return text }
    guard width > 0 else { return "" }
    var kept = ""
    var used = 0
    for character in text {
      used += columns(character)
      if used > width - 1 { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// `text` without control characters, which could move the cursor or end the line.
  static func printable(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    if isPlain { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      shown.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    return shown
  }

  private static func columns(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xFE0F { return 2 }  // asks for the emoji form
      width = max(width, columns(scalar))
    }
    return width
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    let isWide =
      scalar.properties.isEmojiPresentation || wideRanges.contains { $0.contains(scalar.value) }
    return isWide ? 2 : 1
  }

  /// Blocks whose characters are W or F in Unicode's EastAsianWidth.txt.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
    0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
  ]
}
