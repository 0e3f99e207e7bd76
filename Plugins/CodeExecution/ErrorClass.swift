import Processes

/// What went wrong first, in the terms of reports on generated code.
enum ErrorClass: String {
  case syntax, `import`, name, attribute, argument, assertion, timeout, memory
  /// It asked for something that the sandbox does not give.
  case refused
  /// It ended itself before the tests had.
  case exit
  case output
  case other

  /// By the names of an exception's class and its ancestors, nearest first.
  init(exception names: some Sequence<some StringProtocol>) {
    self = names.lazy.compactMap { Self.byException[String($0)] }.first ?? .other
  }

  private static let byException: [String: ErrorClass] = [
    "SyntaxError": .syntax, "IndentationError": .syntax, "TabError": .syntax,
    "ImportError": .import, "ModuleNotFoundError": .import, "NameError": .name,
    "UnboundLocalError": .name, "ReferenceError": .name, "AttributeError": .attribute,
    "TypeError": .argument, "AssertionError": .assertion, "MemoryError": .memory,
    "PermissionError": .refused, "SystemExit": .exit,
  ]

  /// How a program ended, by itself or not; nil when it ended well.
  init?(_ result: ProcessResult) {
    if result.outputWasCut {
      self = .output
    } else if result.timedOut || result.exit == .signal(24) {  // SIGXCPU
      self = .timeout
    } else {
      switch result.exit {
      case .code(0): return nil
      case .signal(9): self = .memory  // by the kernel: the deadline's own is told above
      case .signal(25): self = .output  // SIGXFSZ
      case .signal: self = .other
      case .code: self = Self.told(by: result.error)
      }
    }
  }

  /// The class that the last line of the form `Name: …` or `Name` names.
  private static func told(by text: String) -> ErrorClass {
    for line in text.split(whereSeparator: \.isNewline).reversed() {
      let word = line.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "_" }
      let rest = line.dropFirst(word.count).first
      let name = word.split(separator: ".").last ?? ""
      guard rest == nil || rest == ":", name.first?.isUppercase == true else { continue }
      guard name.hasSuffix("Error") || name.hasSuffix("Exception") else { continue }
      return ErrorClass(exception: [name])
    }
    return .other
  }
}
