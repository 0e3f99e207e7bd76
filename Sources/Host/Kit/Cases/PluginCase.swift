import PluginAPI

/// A row of a plugin's tests.jsonl: what to ask of the plugin, and what must come of it.
///
///     {"prompt": "…", "response": "…", "score": 0.5}                         a reward
///     {"prompt": "…", "response": "…", "options": {"target": 5}, "at_most": 0}
///     {"prompt": "…", "model": "text.txt", "answer": "…"}                    an adapter
///     {"recipe": "recipe.yaml", "set": {"data.limit": 12}}                   anything, in a run
///     {"recipe": "recipe.yaml", "fails": "words of the message"}
struct PluginCase {
  enum Question {
    case score(Completion, ScoreExpectation)
    case answer(AnswerQuestion)
    case recipe(RecipeQuestion)
  }

  /// `FILE:LINE`.
  let place: String
  let question: Question
  /// Of the reward or the adapter, as JSON.
  let options: JSONObject
  /// Which of the plugin's rewards or adapters; nil: its only one.
  let plugin: String?

  /// Throws every row that is no case.
  static func read(path: String) throws -> [PluginCase] {
    guard fileExists(path) else {
      throw Problem(
        .missingInput, at: path, "there are no tests",
        expected: "rows {\"prompt\", \"response\", \"score\"}")
    }
    var problems: [Problem] = []
    var cases: [PluginCase] = []
    for row in try JSONLines.read(path: path) {
      do {
        cases.append(try PluginCase(row.value, place: "\(path):\(row.line)"))
      } catch {
        problems.append(error)
      }
    }
    if !problems.isEmpty { throw Problems(problems) }
    guard !cases.isEmpty else { throw Problem(.badData, at: path, "holds no test") }
    return cases
  }

  private init(_ row: JSON, place: String) throws(Problem) {
    self.place = place
    options = row["options"]?.object ?? JSONObject()
    plugin = row["plugin"]?.string
    if row["recipe"] != nil {
      question = .recipe(try RecipeQuestion(row, place: place))
    } else if row["answer"] != nil || row["contains"] != nil {
      question = .answer(try AnswerQuestion(row, place: place))
    } else {
      question = try Self.score(row, place)
    }
  }

  private static func score(_ row: JSON, _ place: String) throws(Problem) -> Question {
    guard let expectation = ScoreExpectation(row) else {
      throw Problem(
        .badData, at: place, "the row does not say what is expected",
        expected: "\"score\", \"at_least\" or \"at_most\" for a response; \"answer\" or "
          + "\"contains\" for a model; \"recipe\"")
    }
    do {
      var completion = try ScoredRows.completion(row, place: place)
      // Rows of one prompt are compared by rewards that compare.
      let turns = JSON.array(completion.prompt.messages.map(\.json)).serialized()
      completion.prompt.id = row["id"]?.string ?? turns
      completion.prompt.place = ""
      return .score(completion, expectation)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(.badData, at: place, "\(error)")
    }
  }
}

/// Which scores are right.
struct ScoreExpectation: Equatable {
  /// Nil: no expectation. NaN: the response must not be judged (`null`).
  var score: Double?
  var atLeast: Double?
  var atMost: Double?
  /// How far a score may be from the one expected.
  var within = 1e-4

  init?(_ row: JSON) {
    if let score = row["score"] { self.score = score.double ?? .nan }
    atLeast = row["at_least"]?.double
    atMost = row["at_most"]?.double
    if let within = row["within"]?.double { self.within = within.magnitude }
    if score == nil, atLeast == nil, atMost == nil { return nil }
  }

  /// What is wrong with a score; nil when it is as expected.
  func fault(of score: RewardScore) -> String? {
    let value = Double(score.value)
    let found = value.isNaN ? score.failure ?? "no score" : HumanFormat.fixed(value, 4)
    if let wanted = self.score, wanted.isNaN {
      return value.isNaN ? nil : "score \(found), expected none"
    }
    if let wanted = self.score, !((value - wanted).magnitude <= within * max(1, wanted.magnitude)) {
      return "score \(found), expected \(wanted.optionText)"
    }
    if let atLeast, !(value >= atLeast) {
      return "score \(found), expected at least \(atLeast.optionText)"
    }
    if let atMost, !(value <= atMost) {
      return "score \(found), expected at most \(atMost.optionText)"
    }
    return nil
  }
}

/// A prompt for a model that the plugin's adapter opens.
struct AnswerQuestion {
  let messages: [Message]
  /// As recipes name it, from the plugin's folder.
  let model: String?
  let answer: String?
  let contains: String?
  let settings: SamplingSettings
  let seed: UInt64

  init(_ row: JSON, place: String) throws(Problem) {
    guard let prompt = row["prompt"]?.string else {
      throw Problem(.badData, at: place, "the row has no 'prompt'", expected: "text")
    }
    messages = [Message(role: "user", content: prompt)]
    model = row["model"]?.string
    answer = row["answer"]?.string
    contains = row["contains"]?.string
    settings = SamplingSettings(
      temperature: max(0, row["temperature"]?.double ?? 0),
      maxTokens: min(max(1, row["max_tokens"]?.int ?? 256), 1_000_000))
    seed = UInt64(clamping: row["seed"]?.int ?? 42)
  }

  func fault(of text: String) -> String? {
    if let answer, text != answer {
      return "answered \(quoted(text)), expected \(quoted(answer))"
    }
    if let contains, !text.contains(contains) {
      return "answered \(quoted(text)), expected \(quoted(contains)) in it"
    }
    return nil
  }
}

/// A recipe to run.
struct RecipeQuestion {
  /// From the plugin's folder.
  let recipe: String
  /// `key=value`.
  let changes: [String]
  /// Words that the run must fail with; nil: it must succeed.
  let failure: String?

  init(_ row: JSON, place: String) throws(Problem) {
    guard let recipe = row["recipe"]?.string else {
      throw Problem(.badData, at: place, "'recipe' is no path", expected: "text")
    }
    self.recipe = recipe
    changes = (row["set"]?.object ?? JSONObject()).entries.map { key, value in
      "\(key)=\(value.string ?? value.serialized())"
    }
    failure = row["fails"]?.string
  }
}
