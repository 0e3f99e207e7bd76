import PluginAPI

/// A yes/no question about a response, and which answer speaks for the response.
struct Question: Sendable, Equatable {
  var name: String
  var ask: String
  var isYesGood: Bool
  var weight = 1.0

  /// How good it is that the answer is yes with this probability.
  func goodness(ofYes probability: Double) -> Double {
    isYesGood ? probability : 1 - probability
  }

  /// The questions of the option: the name of a built-in set, or a list.
  /// - Throws: `Problems` with every fault at its place.
  static func list(_ node: YAMLNode) throws -> [Question] {
    if let name = node.string {
      if let set = QuestionSet.all[name] { return set }
      throw Problem(
        .badConfiguration, at: node.place, "there is no set of questions \(quoted(name))",
        expected: QuestionSet.all.keys.sorted().joined(separator: ", ") + ", or a list")
    }
    guard let nodes = node.sequence, !nodes.isEmpty, nodes.count <= limit else {
      throw Problem(
        .badConfiguration, at: node.place, "'questions': found \(node.found)",
        expected: "a list of 1 to \(limit) questions {ask, good: yes or no}")
    }
    var problems: [Problem] = []
    let questions = nodes.enumerated().map { read($1, number: $0 + 1, into: &problems) }
    for (index, question) in questions.enumerated()
    where questions[..<index].contains(where: { $0.name == question.name }) {
      problems.append(
        Problem(
          .badConfiguration, at: nodes[index].place,
          "two questions are called \(quoted(question.name))"))
    }
    guard problems.isEmpty else { throw Problems(problems) }
    return questions
  }

  private static let limit = 256

  private static func read(
    _ node: YAMLNode, number: Int, into problems: inout [Problem]
  ) -> Question {
    var question = Question(name: "q\(number)", ask: "", isYesGood: true)
    func fault(_ what: String, _ expected: String, at place: String) {
      problems.append(Problem(.badConfiguration, at: place, what, expected: expected))
    }
    for entry in node.mapping ?? [] {
      let value = entry.value
      switch entry.key {
      case "ask": question.ask = value.string ?? ""
      case "name": question.name = value.string ?? ""
      case "good":
        if let good = value.bool ?? ["yes": true, "no": false][value.string ?? ""] {
          question.isYesGood = good
        } else {
          fault("'good': found \(value.found)", "yes or no", at: value.place)
        }
      case "weight":
        question.weight = value.double ?? .nan
        if !(question.weight > 0 && question.weight <= 1e6) {
          fault("'weight': found \(value.found)", "a number above 0", at: value.place)
        }
      default:
        problems.append(OptionReader.unknown(entry, among: ["ask", "good", "weight", "name"]))
      }
    }
    if question.ask.isEmpty {
      fault("question \(number) asks nothing", "{ask: \"…?\", good: yes}", at: node.place)
    } else if node["good"] == nil {
      fault(
        "question \(number) does not say which answer is good", "good: yes or no", at: node.place)
    }
    if question.name.isEmpty { fault("question \(number) has no name", "a text", at: node.place) }
    return question
  }
}

/// Questions that come with the plugin.
enum QuestionSet {
  static let all: [String: [Question]] = ["code": code]

  /// About a program that uses libraries. Good answers of both kinds, so that a judge that always
  /// says yes gets no more than five eighths.
  static let code: [Question] = [
    Question(
      name: "imports", ask: "Does the code import every module that it uses?", isYesGood: true),
    Question(
      name: "invented", ask: "Does the code call a function or method that does not exist?",
      isYesGood: false),
    Question(name: "task", ask: "Does the code do what the request asks for?", isYesGood: true),
    Question(
      name: "arguments", ask: "Does every call pass all the arguments that it needs?",
      isYesGood: true),
    Question(
      name: "values", ask: "Does any call pass an argument of a wrong kind or value?",
      isYesGood: false),
    Question(
      name: "complete", ask: "Is the code complete, without placeholders or missing parts?",
      isYesGood: true),
    Question(name: "runs", ask: "Would the code run without an error?", isYesGood: true),
    Question(
      name: "unrelated",
      ask: "Does the code hold anything that has nothing to do with the request?",
      isYesGood: false),
  ]
}
