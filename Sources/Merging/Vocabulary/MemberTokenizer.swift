internal import Formats
internal import Kernels
internal import Tokenizers

/// What a tokenizer.json says of its tokens: the vocabulary of its model and the added tokens.
///
/// Less is asked of the file than by `Tokenizer`: rules that cut text into tokens have no say here,
/// so models whose rules are unknown can still be aligned.
struct MemberTokenizer: Sendable {
  /// The whole file.
  let json: JSON
  /// What messages call the file.
  let source: String
  /// Every token, added ones included.
  private(set) var vocabulary: Vocabulary
  /// The added tokens in the order of the file.
  private(set) var added: [AddedEntry] = []

  /// One element of `added_tokens`.
  struct AddedEntry: Sendable, Equatable {
    var id: Int
    var content: String
    /// How it is found in text, as the file writes it: all keys but `id`.
    var flags: JSONObject

    /// The element with its id in front, as the reference writes it.
    var json: JSON {
      var object: JSONObject = ["id": .int(Int64(id))]
      for (key, value) in flags.entries { object[key] = value }
      return .object(object)
    }

    /// A token of plain text: what the reference makes of a bare string.
    static func plain(_ content: String, id: Int) -> AddedEntry {
      AddedEntry(
        id: id, content: content,
        flags: [
          "content": .string(content), "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": true, "special": false,
        ])
    }
  }

  /// The parsed tokenizer.json of a folder.
  ///
  /// - Throws: `Problem` when it is missing, is no JSON, or has no vocabulary: a tokenizer that
  ///   cannot be read.
  static func file(in directory: String) throws(Problem) -> (json: JSON, source: String) {
    let path = directory + "/tokenizer.json"
    let json = try JSON.parse(file: path)
    let vocabulary = json["model"]?["vocab"]
    guard vocabulary?.object != nil || vocabulary?.array != nil else {
      throw Problem(
        .badData, at: "\(path): model.vocab",
        "is \(vocabulary?.kindName ?? "missing")", expected: "tokens with their ids")
    }
    return (json, path)
  }

  /// - Throws: `Problem` (65) for ids that are no ids, and for two tokens with one id.
  init(json: JSON, source: String) throws(Problem) {
    self.json = json
    self.source = source
    let tokens = json["model"]?["vocab"] ?? .null
    vocabulary = Vocabulary(minimumCapacity: tokens.object?.count ?? tokens.array?.count ?? 0)
    for (token, id) in tokens.object?.entries ?? [] {
      try insert(token, id, at: "model.vocab")
    }
    for (index, piece) in (tokens.array ?? []).enumerated() {
      guard let text = piece[0]?.string else {
        throw problem("model.vocab[\(index)]", "is no piece", expected: "[\"piece\", score]")
      }
      vocabulary.insertPiece(text, lastWins: true)
    }
    try readAddedTokens()
  }

  /// The kind of the model: `BPE`, `Unigram`, … Files of old leave it out.
  var modelType: String {
    json["model"]?["type"]?.string ?? (json["model"]?["merges"] != nil ? "BPE" : "Unigram")
  }

  private mutating func readAddedTokens() throws(Problem) {
    let model = vocabulary
    for (index, element) in (json["added_tokens"]?.array ?? []).enumerated() {
      let place = "added_tokens[\(index)]"
      guard let content = element["content"]?.string, var flags = element.object else {
        throw problem(place, "has no content", expected: "an object with id and content")
      }
      flags["id"] = nil
      // The model's id counts for a token that it knows, as in the reference.
      if let known = vocabulary.id(content) {
        guard model.id(content) != nil || element["id"]?.int == Int(known) else {
          throw problem(place, "token \(quoted(content)) has two ids", expected: "one")
        }
        added.append(AddedEntry(id: Int(known), content: content, flags: flags))
        continue
      }
      let id = element["id"] ?? .null
      try insert(content, id, at: place)
      added.append(AddedEntry(id: id.int ?? 0, content: content, flags: flags))
    }
  }

  private mutating func insert(_ token: String, _ json: JSON, at place: String) throws(Problem) {
    guard let id = json.int else {
      throw problem(
        place, "id of token \(quoted(token)) is \(json.kindName)", expected: "a whole number")
    }
    switch vocabulary.insert(token, id: id) {
    case nil: return
    case .outOfRange:
      throw problem(
        place, "id \(id) of token \(quoted(token))", expected: "0 to \(Vocabulary.idLimit - 1)")
    case .idTaken(let other):
      throw problem(
        place, "tokens \(quoted(other)) and \(quoted(token)) share id \(id)",
        expected: "an id each")
    case .tokenTaken(let other):
      throw problem(
        place, "token \(quoted(token)) has ids \(other) and \(id)", expected: "one")
    }
  }

  private func problem(_ part: String, _ what: String, expected: String) -> Problem {
    Problem(.badData, at: "\(source): \(part)", what, expected: expected)
  }
}
