import PluginAPI

/// What a new plugin is called: `length-charge` is its folder, `LengthCharge` its module and the
/// beginning of its types, `libLengthCharge.so` its library.
struct PluginName: Equatable, Sendable {
  /// Lower case words joined by `-`.
  let text: String

  /// Throws `Problem` (64) for what is no such name, with one that would be.
  init(_ text: String) throws(Problem) {
    guard Self.isValid(text) else {
      let near = Self.suggestion(for: text)
      throw Problem(
        .usage, "a plugin cannot be called \(quoted(text))",
        expected: "words of a-z and 0-9 joined by '-', as length-charge, at most 40 characters",
        hint: near.map { "did you mean \(quoted($0))?" })
    }
    self.text = text
    guard !Self.takenModules.contains(module.lowercased()) else {
      throw Problem(
        .usage, "a plugin cannot be called \(quoted(text)): \(module) is a module that it imports",
        hint: "did you mean \(quoted("my-" + text))?")
    }
  }

  /// `LengthCharge`.
  var module: String {
    text.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// `length_charge`, as merge methods are called in configs.
  var snake: String { text.replacing("-", with: "_") }

  private static let longest = 40

  /// In lower case. Modules of a name that imports find first.
  private static let takenModules = Set(
    [
      "swift", "foundation", "glibc", "dispatch", "synchronization", "testing", "host",
      "crucible", "cruciblecore",
    ] + CoreModules.names.map { $0.lowercased() })

  private static func isValid(_ text: String) -> Bool {
    guard (1...longest).contains(text.utf8.count), text.utf8.first.map(isLetter) == true else {
      return false
    }
    let words = text.split(separator: "-", omittingEmptySubsequences: false)
    return words.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { isLetter($0) || isDigit($0) } }
  }

  /// The nearest name: capitals become words, everything that cannot stay joins words.
  private static func suggestion(for text: String) -> String? {
    var words: [String] = [""]
    for character in text.unicodeScalars {
      guard character.isASCII, character.properties.isAlphabetic || character.value <= 0x39
      else {
        words.append("")
        continue
      }
      let byte = UInt8(truncatingIfNeeded: character.value)
      if isDigit(byte) || isLetter(byte) {
        words[words.count - 1].unicodeScalars.append(character)
      } else if isLetter(byte | 0x20) {
        if words[words.count - 1].last?.isUppercase != true { words.append("") }
        words[words.count - 1].unicodeScalars.append(character)
      } else {
        words.append("")
      }
    }
    let name = String(
      words.filter { !$0.isEmpty }.map { $0.lowercased() }.joined(separator: "-").prefix(longest)
        .drop { !($0.isASCII && $0.isLetter) })
    return isValid(name) ? name : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
