import PluginAPI

/// Which part of a response is the program.
enum Extraction: String, OptionChoice {
  case last, first, none

  /// The last or first fenced block whose language is one of `names` (of any, where there are
  /// none), else of those without a language, else the whole text. A block that is not closed ends with the text.
  func program(in response: String, names: [String]) -> String {
    guard self != .none else { return response }
    let blocks = FencedBlock.all(in: response)
    let named = blocks.filter { names.isEmpty || names.contains($0.language) }
    let candidates = named.isEmpty ? blocks.filter { $0.language.isEmpty } : named
    let chosen = self == .last ? candidates.last : candidates.first
    return chosen?.text ?? response
  }
}

/// Text between lines of three or more backticks or tildes.
struct FencedBlock {
  /// The first word after the fence, in lower case.
  var language: String
  var text: String

  static func all(in text: String) -> [FencedBlock] {
    var blocks: [FencedBlock] = []
    var open: (fence: Substring, block: FencedBlock)?
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let mark = fence(line)
      if var current = open {
        if let mark, mark.rest.isEmpty, mark.fence.hasPrefix(current.fence) {
          blocks.append(current.block)
          open = nil
        } else {
          current.block.text += line + "\n"
          open = current
        }
      } else if let mark {
        let language = mark.rest.prefix { !$0.isWhitespace }.lowercased()
        open = (mark.fence, FencedBlock(language: language, text: ""))
      }
    }
    if let open { blocks.append(open.block) }
    return blocks
  }

  private static func fence(_ line: Substring) -> (fence: Substring, rest: Substring)? {
    let text = line.drop { $0 == " " }
    guard let mark = text.first, mark == "`" || mark == "~" else { return nil }
    let fence = text.prefix { $0 == mark }
    guard fence.count >= 3 else { return nil }
    let rest = text.dropFirst(fence.count).drop(while: \.isWhitespace)
    return (fence, rest.allSatisfy(\.isWhitespace) ? "" : rest)
  }
}
