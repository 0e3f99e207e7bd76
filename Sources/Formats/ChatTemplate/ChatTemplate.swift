internal import Kernels

/// A chat template: Jinja text that turns messages into the text a model was trained on.
///
/// Templates come with models, from anywhere, so they run in a sandbox without access to anything
/// but the values they are given, and under limits of steps, depth and output. Values behave as in
/// Python and Jinja2, which is what the templates are written for; see docs/chat-templates.md.
public struct ChatTemplate: @unchecked Sendable {
  // Unchecked because the tree holds classes: it never changes once parsed, and its constants are
  // texts, numbers and truth values only.

  /// What messages name the template by: a path, or `tokenizer.chat_template` of a model.
  public let name: String
  private let source: [UInt8]
  private let body: [TemplateStatement]

  /// Parses `source`.
  ///
  /// - Throws: `Problem` with `NAME:LINE:COLUMN` for a syntax error, an unknown tag, filter or
  ///   test, or nesting beyond the limits.
  public init(source: String, name: String) throws {
    self.name = name
    self.source = TemplateLexer.normalized(source)
    do {
      var lexer = TemplateLexer(self.source)
      var parser = TemplateParser(try lexer.tokenize())
      body = try parser.parse()
    } catch let fault as TemplateFault {
      throw Self.problem(fault, in: self.source, name: name)
    }
  }

  /// The text for `messages`, prepared as the reference does before rendering (see `ChatMessages`).
  ///
  /// - Parameters:
  ///   - messages: Objects, usually with `role` and `content`; not empty.
  ///   - addGenerationPrompt: Whether the text ends with the start of the assistant's answer.
  ///   - tools: What the template sees as `tools`; nil is none.
  ///   - documents: What the template sees as `documents`; nil is none.
  ///   - specialTokens: `bos_token`, `eos_token` and so on; those the tokenizer lacks are undefined.
  ///   - extra: Further variables, which win over all others.
  ///   - continueFinalMessage: Ends the text inside the last message, so that a model goes on with
  ///     it. Not together with `addGenerationPrompt`.
  ///   - now: What `strftime_now` prints; nil is the clock.
  ///   - limits: When to stop a template that does not end.
  /// - Throws: `Problem`. For an error the template raises itself, `what` is its message.
  public func render(
    messages: [JSON], addGenerationPrompt: Bool = false, tools: JSON? = nil,
    documents: JSON? = nil, specialTokens: [String: String] = [:],
    extra: JSONObject = JSONObject(), continueFinalMessage: Bool = false,
    now: CalendarTime? = nil, limits: TemplateLimits = .default
  ) throws -> RenderedChat {
    var prepared = try ChatMessages(messages, name: name)
    if continueFinalMessage {
      guard !addGenerationPrompt else {
        throw Problem(
          .usage, at: name,
          "continue_final_message and add_generation_prompt cannot be used together")
      }
      try prepared.markFinal()
    }
    do {
      var variables = specialTokens.mapValues { TemplateValue.string($0) }
      variables["messages"] = try TemplateValue(.array(prepared.messages))
      variables["tools"] = try TemplateValue(tools ?? .null)
      variables["documents"] = try TemplateValue(documents ?? .null)
      variables["add_generation_prompt"] = .bool(addGenerationPrompt)
      for (key, value) in extra.entries { variables[key] = try TemplateValue(value) }
      return try prepared.cut(try run(variables, limits: limits, now: now))
    } catch let fault as TemplateFault {
      throw Self.problem(fault, in: source, name: name)
    }
  }

  /// The text with just `variables`: for templates that are not chats.
  func render(
    _ variables: JSONObject, limits: TemplateLimits = .default, now: CalendarTime? = nil
  ) throws -> String {
    do {
      let values = try variables.entries.map { ($0.key, try TemplateValue($0.value)) }
      return try run(
        Dictionary(values, uniquingKeysWith: { $1 }), limits: limits, now: now
      ).text
    } catch let fault as TemplateFault {
      throw Self.problem(fault, in: source, name: name)
    }
  }

  private func run(
    _ variables: [String: TemplateValue], limits: TemplateLimits, now: CalendarTime?
  ) throws -> RenderedChat {
    let evaluator = TemplateEvaluator(variables: variables, limits: limits, now: now)
    let bytes = try evaluator.run(body)
    return RenderedChat(
      text: String(decoding: bytes, as: UTF8.self),
      assistantSpans: evaluator.spans.map { $0.start..<$0.end })
  }

  private static func problem(
    _ fault: TemplateFault, in source: [UInt8], name: String
  ) -> Problem {
    var place = name
    if let offset = fault.offset {
      let before = source.prefix(offset)
      let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
      let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      place += ":\(line):\(PythonText(before[start...]).count + 1)"
    }
    return Problem(.badData, at: place, fault.message)
  }
}

/// A rendered conversation.
public struct RenderedChat: Sendable, Equatable {
  public var text: String
  /// What the assistant says, as the template's `{% generation %}` blocks mark it: ranges of code
  /// points of `text`. Empty when the template has no such blocks.
  public var assistantSpans: [Range<Int>]

  public init(text: String, assistantSpans: [Range<Int>] = []) {
    self.text = text
    self.assistantSpans = assistantSpans
  }
}

extension TemplateValue {
  /// `json` as the Python value that `json.loads` gives.
  init(_ json: JSON) throws {
    switch json {
    case .null: self = .none
    case .bool(let bool): self = .bool(bool)
    case .int(let int): self = .int(Int(int))
    case .number(let number): self = .float(number)
    case .string(let text): self = .string(text)
    case .array(let items): self = try .list(items.map { try TemplateValue($0) })
    case .object(let object):
      self = .dict(
        try PythonDict(
          try object.entries.map { (key: .string($0.key), value: try TemplateValue($0.value)) }))
    }
  }
}
