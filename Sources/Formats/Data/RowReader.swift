internal import Kernels

/// Takes one row apart for a schema: every look-up that fails leaves a fault with its key.
struct RowReader {
  let object: JSONObject
  var row: ExampleRow
  /// What is wrong, each with the path of its key.
  private(set) var faults: [(key: String, what: String)] = []
  private var used: Set<String> = []

  init(_ object: JSONObject, line: Int) {
    self.object = object
    row = ExampleRow(id: String(line), line: line)
    for key in ["id", "prompt_id"] where row.id == String(line) {
      switch object[key] {
      case .string(let text)?: row.id = text
      case .int(let number)?: row.id = String(number)
      default: continue
      }
      used.insert(key)
    }
  }

  /// The finished row: keys that no look-up has used go to `fields`.
  func finished() -> ExampleRow {
    var row = row
    row.fields = JSONObject(object.entries.filter { !used.contains($0.key) })
    return row
  }

  mutating func fault(_ key: String, _ what: String) { faults.append((key, what)) }

  // MARK: - Keys

  /// The value of `key`, which counts as used; nil also for null.
  mutating func optional(_ key: String) -> JSON? {
    used.insert(key)
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  mutating func required(_ key: String) -> JSON? {
    if let value = optional(key) { return value }
    fault(key, "missing \(key)")
    return nil
  }

  mutating func text(_ key: String) -> String? {
    guard let value = required(key) else { return nil }
    if let text = value.string { return text }
    fault(key, "\(key) must be a string, not \(value.kindName)")
    return nil
  }

  mutating func array(_ key: String) -> [JSON]? {
    guard let value = required(key) else { return nil }
    guard let items = value.array else {
      fault(key, "\(key) must be an array, not \(value.kindName)")
      return nil
    }
    if items.isEmpty { fault(key, "\(key) is empty") }
    return items.isEmpty ? nil : items
  }

  mutating func texts(_ key: String) -> [String]? {
    guard let items = array(key) else { return nil }
    let texts = items.compactMap(\.string)
    if texts.count == items.count { return texts }
    fault(key, "\(key) must be an array of strings")
    return nil
  }

  /// A number that may be absent; anything else under the key is a fault.
  mutating func score(_ key: String) -> Double? {
    guard let value = object[key] else { return nil }
    used.insert(key)
    if let number = value.double { return number }
    fault(key, "\(key) must be a number, not \(value.kindName)")
    return nil
  }

  /// The right answer under `key`: a text, or a number in its shortest spelling.
  mutating func reference(_ key: String = "reference") {
    switch object[key] {
    case .string(let text)?: row.reference = text
    case .int(let number)?: row.reference = String(number)
    case .number(let number)?: row.reference = "\(number)"
    default: return
    }
    used.insert(key)
  }

  /// Keys that are used and stay in `fields` all the same.
  mutating func keep(_ keys: String...) { used.subtract(keys) }

  // MARK: - Messages

  /// One `{"role", "content"}`.
  mutating func message(_ value: JSON?, _ key: String) -> Message? {
    guard let value, let object = value.object else {
      fault(key, "not a message")
      return nil
    }
    guard let content = object["content"] else {
      fault("\(key).content", "message without content")
      return nil
    }
    guard let text = content.string else {
      fault("\(key).content", "content must be a string")
      return nil
    }
    guard let role = object["role"]?.string else {
      fault("\(key).role", "message without role")
      return nil
    }
    guard Self.roles.contains(role) else {
      let guess = closest(to: role, among: Self.roles).map { ", did you mean '\($0)'?" } ?? ""
      fault("\(key).role", "unknown role \(quoted(role))\(guess)")
      return nil
    }
    return Message(role: role, content: text)
  }

  private static let roles = ["user", "assistant", "system", "developer", "tool"]

  /// A conversation; nil when it is missing, empty or has a fault.
  mutating func messages(_ key: String) -> [Message]? {
    guard let items = array(key) else { return nil }
    let messages = items.enumerated().compactMap { index, item in
      message(item, "\(key)[\(index)]")
    }
    return messages.count == items.count ? messages : nil
  }

  /// The content of an assistant message.
  mutating func answer(_ value: JSON, _ key: String) -> String? {
    guard let message = message(value, key) else { return nil }
    if message.role == "assistant" { return message.content }
    fault("\(key).role", "a response must have the role 'assistant', not \(quoted(message.role))")
    return nil
  }

  /// The turns of an answer: they must end with the assistant's.
  mutating func ends(_ messages: [Message], withAnswerUnder key: String) -> String? {
    if let last = messages.last, last.role == "assistant" { return last.content }
    fault("\(key)[\(messages.count - 1)].role", "\(key) must end with an assistant message")
    return nil
  }

  /// The prompt, as a text (one user message) or as a conversation.
  mutating func prompt(_ key: String = "prompt") {
    switch required(key) {
    case nil: return
    case .string(let text)?: row.prompt = [Message(role: "user", content: text)]
    case .object?:
      if let message = message(object[key], key) { row.prompt = [message] }
    case .array?: row.prompt = messages(key) ?? []
    case let other?: fault(key, "\(key) must be a text or messages, not \(other.kindName)")
    }
  }

  /// Prompt and responses as plain text that no template is applied to.
  mutating func plainPrompt(_ text: String) {
    row.promptText = text
    row.prompt = text.isEmpty ? [] : [Message(role: "user", content: text)]
  }
}
