import PluginAPI

/// The rows of a file of responses, as rewards see them.
struct ScoredRows {
  private let path: String
  private let rows: [JSONLine]
  let completions: [Completion]

  /// Reads rows {"prompt","response", …}. Rows of one prompt (the same turns, and the same `id`
  /// where they have one) share it, as some rewards compare the responses of a prompt.
  init(path: String) throws {
    self.path = path
    rows = try JSONLines.read(path: path)
    guard !rows.isEmpty else {
      throw Problem(.badData, at: path, "holds no rows", expected: "JSON Lines with 'response'")
    }
    var prompts: [String: Prompt] = [:]
    completions = try rows.map { row in
      var completion = try Self.completion(row.value, place: "\(path):\(row.line)")
      let turns = JSON.array(completion.prompt.messages.map(\.json)).serialized()
      let key = "\(row.value["id"]?.serialized() ?? "") \(turns)"
      if let first = prompts[key] {
        completion.prompt.id = first.id
        completion.prompt.place = first.place
      } else {
        prompts[key] = completion.prompt
      }
      return completion
    }
  }

  /// A row as rewards see it; a prompt of its own.
  static func completion(_ row: JSON, place: String) throws -> Completion {
    guard let response = row["response"]?.string, let fields = row.object else {
      let found = row["response"].map { "'response' is \($0.kindName)" }
      throw Problem(
        .badData, at: place,
        row.object == nil ? "found \(row.kindName)" : found ?? "the row has no 'response'",
        expected: "{\"prompt\": …, \"response\": \"…\"}")
    }
    let messages: [Message]
    if let text = row["prompt"]?.string {
      messages = [Message(role: "user", content: text)]
    } else {
      messages = (row["prompt"]?.array ?? []).compactMap { turn in
        guard let role = turn["role"]?.string, let content = turn["content"]?.string else {
          return nil
        }
        return Message(role: role, content: content)
      }
    }
    let prompt = Prompt(
      id: row["id"]?.string ?? place, messages: messages, skill: row["skill"]?.string,
      reference: row["reference"]?.string, fields: fields, place: place)
    return Completion(
      prompt: prompt, response: response, modelName: row["model"]?.string ?? "")
  }

  /// What a reward says of each row.
  func scores(by reward: RewardHandle, console: Console) throws -> [RewardScore] {
    try reward.judge(all: completions, doing: "scoring", console)
  }

  /// Whether each row's `field` is true or above 0. Throws for rows that do not say.
  func marks(_ field: String) throws -> [Bool] {
    try rows.map { row in
      if let flag = row.value[field]?.bool { return flag }
      if let number = row.value[field]?.double { return number > 0 }
      throw Problem(
        .badData, at: "\(path):\(row.line)",
        "has no \(quoted(field)) that is true, false or a number")
    }
  }

  /// The rows again with `score`, and with `scores` where there are several rewards, `parts` where
  /// the only one tells them, `error` where one could not judge.
  func scored(labels: [String], scores: [[RewardScore]], totals: [Double]) -> [JSON] {
    rows.enumerated().map { index, row in
      var object = row.value.object ?? JSONObject()
      // What an earlier command said of the row would seem to be said by this one.
      for key in ["score", "scores", "parts", "error"] { object[key] = nil }
      let own = scores.map { $0[index] }
      object["score"] = .finite(totals[index])
      if labels.count > 1 {
        object["scores"] = .object(
          JSONObject(zip(labels, own).map { (key: $0, value: .finite($1.value.asWritten)) }))
      } else if let parts = own.first?.parts, !parts.isEmpty {
        object["parts"] = .object(
          JSONObject(parts.map { (key: $0.name, value: .finite($0.value.asWritten)) }))
      }
      if let failure = own.lazy.compactMap(\.failure).first { object["error"] = .string(failure) }
      return .object(object)
    }
  }
}

extension [RewardHandle] {
  /// Weighted sums over the rewards, a row each; NaN where one of them could not judge. Alone a
  /// reward counts as it is.
  func totals(_ scores: [[RewardScore]]) -> [Double] {
    guard count > 1 else { return (scores.first ?? []).map { $0.value.asWritten } }
    return (scores.first ?? []).indices.map { row in
      zip(self, scores).reduce(0) { $0 + $1.0.weight * Double($1.1[row].value) }
    }
  }
}

extension Float {
  /// The number that this one is written as: 0.1, not the f32 beside it.
  /// No sign on a zero.
  fileprivate var asWritten: Double { self == 0 ? 0 : Double(description) ?? Double(self) }
}
