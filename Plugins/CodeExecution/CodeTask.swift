import PluginAPI

/// What a row asks of a program.
struct CodeTask {
  enum Tests {
    /// Python statements that raise where the program is wrong, after `setup`.
    case assertions(setup: String, [String])
    /// What the program reads, and what it must write then.
    case pairs([(input: String, output: String)])
    case none
  }

  var tests: Tests
  /// The function that the row is about, where it says so.
  var entryPoint: String?
  /// The text of the prompt: responses of HumanEval go on where it ends.
  var promptText: String

  /// Reads `tests`, else MBPP's or HumanEval's fields. Throws a `Fault` for what cannot be read.
  init(_ prompt: Prompt) throws(Fault) {
    let fields = prompt.fields
    promptText = prompt.messages.last { $0.role == "user" }?.content ?? ""
    entryPoint = fields["entry_point"]?.string
    if let name = entryPoint, !name.isPythonName {
      throw Fault("'entry_point' is no name: \(quoted(name))")
    }
    if let tests = fields["tests"] {
      self.tests = try Self.tests(tests, setup: Self.setup(fields))
    } else if let list = fields["test_list"] {
      tests = .assertions(setup: try Self.setup(fields), try Self.texts(list, "test_list"))
    } else if let test = fields["test"]?.string {
      guard let name = entryPoint else { throw Fault("'test' without 'entry_point'") }
      tests = .assertions(setup: "", ["\(test)\ncheck(\(name))\n"])
    } else {
      tests = .none
    }
  }

  /// The whole program: what a prompt of HumanEval begins is gone on with, or gives its imports.
  func program(_ code: String) -> String {
    guard let name = entryPoint else { return code }
    let stub = stub(of: name)
    guard let start = Self.definition(of: name, in: stub) else { return code }
    if Self.definition(of: name, in: code) != nil { return stub[..<start] + "\n" + code }
    return stub + (stub.hasSuffix("\n") ? "" : "\n") + code
  }

  /// The code of the prompt: its last fenced block that begins the function, else all from its first
  /// line of code on. What stands before is said to people.
  private func stub(of name: String) -> String {
    let blocks = FencedBlock.all(in: promptText)
    if let block = blocks.last(where: { Self.definition(of: name, in: $0.text) != nil }) {
      return block.text
    }
    let starts = ["import ", "from ", "def ", "async def ", "class ", "@"]
    let lines = promptText.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let first = lines.firstIndex { line in starts.contains { line.hasPrefix($0) } }
    return lines[(first ?? lines.startIndex)...].joined(separator: "\n")
  }

  /// Where the line `def NAME(` begins.
  private static func definition(of name: String, in text: String) -> String.Index? {
    text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
      .first { $0.hasPrefix("def \(name)(") || $0.hasPrefix("async def \(name)(") }?.startIndex
  }

  /// Why a row has no tests.
  struct Fault: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }
}

// MARK: - Fields

extension CodeTask {
  private static func setup(_ fields: JSONObject) throws(Fault) -> String {
    var lines: [String] = []
    if let imports = fields["test_imports"] { lines += try texts(imports, "test_imports") }
    if let code = fields["test_setup_code"]?.string { lines.append(code) }
    return lines.joined(separator: "\n")
  }

  private static func tests(_ json: JSON, setup: String) throws(Fault) -> Tests {
    guard let items = json.array, !items.isEmpty else {
      throw Fault("'tests' is no list of tests")
    }
    if items.allSatisfy({ $0.string != nil }) {
      return .assertions(setup: setup, items.compactMap(\.string))
    }
    let pairs = items.compactMap { item in
      item["output"]?.string.map { (input: item["input"]?.string ?? "", output: $0) }
    }
    guard pairs.count == items.count else {
      throw Fault("'tests' must hold texts, or {\"input\", \"output\"} of texts, not both")
    }
    return .pairs(pairs)
  }

  private static func texts(_ json: JSON, _ key: String) throws(Fault) -> [String] {
    guard let items = json.array, items.allSatisfy({ $0.string != nil }),
      !items.isEmpty || key != "test_list"
    else { throw Fault("'\(key)' is no list of texts") }
    return items.compactMap(\.string)
  }
}

extension String {
  fileprivate var isPythonName: Bool {
    guard let first = unicodeScalars.first, !("0"..."9").contains(first) else { return false }
    return unicodeScalars.allSatisfy {
      $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
    }
  }
}
