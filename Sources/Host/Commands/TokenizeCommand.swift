import ArgumentParser
import PluginAPI

/// `crucible tokenize`
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Turn text into token ids, or ids into text.",
    discussion: """
      With --jsonl, rows {"text"} become {"ids","offsets"}; offsets are byte positions in the text, \
      start and end of every token in turn. With --decode, rows {"ids"} become {"text"}.
      """)

  @Argument(help: "Directory, .gguf file or tokenizer.json.") var model: String
  @Argument(help: "Text to tokenize; with --decode, ids separated by spaces.") var text: [String] =
    []
  @Option(help: "JSON Lines file to read.") var jsonl: String?
  @Option(help: "JSON Lines file to write.") var out: String?
  @Flag(help: "Turn ids into text.") var decode = false
  @Flag(help: "Add the tokens that stand at the start and end of every text.")
  var addSpecialTokens = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (jsonl == nil) != text.isEmpty else {
      throw ValidationError("give either TEXT or --jsonl IN")
    }
    guard (jsonl == nil) == (out == nil) else {
      throw ValidationError("--jsonl IN and --out OUT belong together")
    }
  }

  func run() throws {
    let tokenizer = try Tokenizer.load(path: modelLocation(model, OptionContext(folder: ".")))
    if let jsonl, let out {
      try mapLines(from: jsonl, to: out) { row, place in
        decode ? try decoded(row, tokenizer, place) : try encoded(row, tokenizer, place)
      }
    } else if decode {
      print(tokenizer.decode(try ids(in: text.joined(separator: " "), tokenizer)))
    } else {
      try show(text.joined(separator: " "), tokenizer)
    }
  }

  private func encoded(_ row: JSON, _ tokenizer: Tokenizer, _ place: String) throws -> JSON {
    guard let text = row["text"]?.string else {
      throw Problem(.badData, at: place, "the row has no 'text'", expected: "{\"text\": \"…\"}")
    }
    return json(of: try tokenizer.encode(text, addSpecialTokens: addSpecialTokens))
  }

  private func decoded(_ row: JSON, _ tokenizer: Tokenizer, _ place: String) throws -> JSON {
    let ids = row["ids"]?.array?.compactMap(\.int) ?? []
    guard let all = row["ids"]?.array, ids.count == all.count else {
      throw Problem(.badData, at: place, "the row has no 'ids'", expected: "{\"ids\": [1, 2]}")
    }
    return ["text": .string(tokenizer.decode(try checked(ids, tokenizer, at: place)))]
  }

  private func json(of encoding: Encoding) -> JSON {
    [
      "ids": .array(encoding.ids.map { .int(Int64($0)) }),
      "offsets": .array(
        encoding.byteOffsets.flatMap { [.int(Int64($0.start)), .int(Int64($0.end))] }),
    ]
  }

  private func show(_ text: String, _ tokenizer: Tokenizer) throws {
    let encoding = try tokenizer.encode(text, addSpecialTokens: addSpecialTokens)
    if json { return print(json(of: encoding).serialized()) }
    for (id, span) in zip(encoding.ids, encoding.byteOffsets) {
      print("\(id)\t\(span.start)..<\(span.end)\t\(quoted(tokenizer.token(id) ?? ""))")
    }
  }

  private func ids(in text: String, _ tokenizer: Tokenizer) throws -> [Int32] {
    let words = text.split { $0 == " " || $0 == "," }
    let ids = words.compactMap { Int($0) }
    guard ids.count == words.count else {
      throw Problem(.usage, "--decode needs ids", expected: "whole numbers separated by spaces")
    }
    return try checked(ids, tokenizer, at: nil)
  }

  private func checked(_ ids: [Int], _ tokenizer: Tokenizer, at place: String?) throws -> [Int32] {
    try ids.map { id in
      guard id >= 0, id < tokenizer.vocabularySize else {
        throw Problem(
          .badData, at: place, "id \(id) is not in the vocabulary",
          expected: "0..<\(tokenizer.vocabularySize)")
      }
      return Int32(id)
    }
  }
}
