import ArgumentParser
import PluginAPI

/// `crucible template`
struct TemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template", abstract: "Render conversations with a chat template.",
    discussion: """
      Rows {"messages", "add_generation_prompt", "tools"?, "documents"?, "now"?} become {"text"}, or \
      {"error"} where the template refuses. The template is the model's own, or a bare Jinja file \
      with --template.
      """)

  @Argument(help: "Directory or .gguf file; not needed with --template.") var model: String?
  @Option(help: "Jinja file to render instead.") var template: String?
  @Option(help: "Text of bos_token, with --template.") var bos: String?
  @Option(help: "Text of eos_token, with --template.") var eos: String?
  @Option(help: "JSON Lines file to read.") var jsonl: String
  @Option(help: "JSON Lines file to write.") var out: String

  func validate() throws {
    guard (model == nil) != (template == nil) else {
      throw ValidationError("give either MODEL or --template FILE")
    }
  }

  func run() throws {
    let (template, specialTokens) = try load()
    try mapLines(from: jsonl, to: out) { row, place in
      guard row["messages"] != nil else {
        throw Problem(
          .badData, at: place, "the row has no 'messages'",
          expected: "{\"messages\": [{\"role\", \"content\"}], …}")
      }
      do {
        return ["text": .string(try render(row, template, specialTokens, place))]
      } catch let problem as Problem {
        return ["error": .string(problem.what)]
      }
    }
  }

  private func load() throws -> (ChatTemplate, [String: String]) {
    if let template {
      var tokens: [String: String] = [:]
      tokens["bos_token"] = bos
      tokens["eos_token"] = eos
      return (try ChatTemplate(source: readText(template), name: template), tokens)
    }
    let path = modelLocation(model ?? "", OptionContext(folder: "."))
    let tokenizer = try Tokenizer.load(path: path)
    guard let source = tokenizer.chatTemplateSource else {
      throw Problem(
        .badData, at: path, "has no chat template",
        hint: "give one with --template FILE")
    }
    return (try ChatTemplate(source: source, name: path), tokenizer.specialTokens)
  }

  private func render(
    _ row: JSON, _ template: ChatTemplate, _ specialTokens: [String: String], _ place: String
  ) throws -> String {
    let now = try row["now"]?.string.map { text in
      guard let time = CalendarTime(iso8601: text) else {
        throw Problem(
          .badData, at: place, "'now' is \(quoted(text))", expected: "2024-07-26T09:05:03")
      }
      return time
    }
    return try template.render(
      messages: row["messages"]?.array ?? [],
      addGenerationPrompt: row["add_generation_prompt"]?.bool ?? false, tools: row["tools"],
      documents: row["documents"], specialTokens: specialTokens,
      extra: row["kwargs"]?.object ?? JSONObject(),
      continueFinalMessage: row["continue_final_message"]?.bool ?? false, now: now
    ).text
  }
}
