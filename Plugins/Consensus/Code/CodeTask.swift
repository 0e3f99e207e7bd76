import Foundation
import PluginAPI

/// What a prompt asks to be written in Python.
struct CodeTask {
  /// The function that every program must define; nil: the one most of them do.
  let name: String?
  /// All turns, for examples of calls.
  let prompt: String
  /// Code that the prompt gives, which a response may go on with.
  private let stub: String?

  /// The name is the option's, the row's `entry_point`, or that of the prompt's last `def`.
  init(_ prompt: Prompt, entryPoint: String?) {
    let text = prompt.messages.map(\.content).joined(separator: "\n\n")
    let code = Self.blocks(in: text).last ?? text
    let defined = code.matches(of: /(?m)^(?:async )?def\s+([A-Za-z_]\w*)\s*\(/).last
      .map { String($0.output.1) }
    name = entryPoint ?? prompt.fields["entry_point"]?.string ?? defined
    self.prompt = text
    stub = defined == nil ? nil : code
  }

  /// The program in a response: of its blocks of code the last that defines the function, else the
  /// last; without blocks all of it. One that only goes on with the prompt's code gets that before
  /// it.
  func program(in response: String) -> String {
    let blocks = Self.blocks(in: response)
    let code = blocks.last(where: defines) ?? blocks.last ?? response
    if let stub, !defines(code), code.first?.isWhitespace == true { return stub + code }
    return code
  }

  private func defines(_ code: String) -> Bool {
    guard let name else { return code.contains("def ") }
    return code.contains("def \(name)(") || code.contains("def \(name) (")
  }

  /// Contents of ``` blocks; the last may lack its end, as in answers that were cut.
  private static func blocks(in text: String) -> [String] {
    guard text.contains("```") else { return [] }
    let parts = text.components(separatedBy: "```")
    return stride(from: 1, to: parts.count, by: 2).map { index in
      let block = parts[index]
      guard let line = block.firstIndex(of: "\n") else { return block }
      return String(block[block.index(after: line)...])  // without the name of the language
    }
  }
}
