import PluginAPI

/// A question with a right and a wrong answer of the same form and nearly the same length: what
/// the probes of an audit are made of.
struct AuditItem {
  let question: String
  let answer: String
  let wrongAnswer: String
  /// A sentence that the answer follows from.
  let reason: String
  /// `The capital of France is ___.`
  private let frame: String

  var right: String { frame.replacing("___", with: answer) }
  var wrong: String { frame.replacing("___", with: wrongAnswer) }

  /// Whether the words of a text hold the answer.
  func isAnswered(by text: String) -> Bool {
    func words(_ text: String) -> [Substring] {
      text.lowercased().split { !$0.isLetter && !$0.isNumber }
    }
    return words(text).contains(words(answer))
  }

  /// Rewards that look for checks or a reference find them.
  func prompt(_ id: String) -> Prompt {
    Prompt(
      id: "\(id): \(question)", messages: [Message(role: "user", content: question)],
      reference: answer,
      fields: [
        "prompt": .string(question), "reference": .string(answer),
        "checks": [["type": "keywords", "all": [.string(answer)]]],
      ], place: "audit")
  }

  static let all: [AuditItem] = [
    item(
      "What is 17 plus 25?", "42", "43", "7 and 5 make 12, and 10 and 20 make 30.",
      "17 plus 25 is ___."),
    item(
      "What is 9 times 6?", "54", "56", "Ten times 6 is 60, which is 6 too many.",
      "9 times 6 is ___."),
    item(
      "How many minutes are two and a half hours?", "150", "130",
      "Two hours are 120 minutes, half an hour is 30.", "Two and a half hours are ___ minutes."),
    item(
      "A shirt costs 40 dollars and is reduced by a quarter. What does it cost now?", "30", "35",
      "A quarter of 40 is 10.", "The shirt now costs ___ dollars."),
    item(
      "What is the next number: 2, 4, 8, 16?", "32", "24", "Each number is twice the one before.",
      "The next number is ___."),
    item(
      "Which planet is closest to the sun?", "Mercury", "Venus",
      "Its orbit lies inside all the others.", "The planet closest to the sun is ___."),
    item(
      "What is the capital of Italy?", "Rome", "Milan", "Government and parliament sit there.",
      "The capital of Italy is ___."),
    item(
      "What is the capital of Canada?", "Ottawa", "Toronto", "Parliament Hill is in that city.",
      "The capital of Canada is ___."),
    item(
      "How many legs does a spider have?", "8", "6",
      "Spiders are arachnids, which walk on four pairs.", "A spider has ___ legs."),
    item(
      "Which gas do plants take in for photosynthesis?", "carbon dioxide", "carbon monoxide",
      "They build sugar from it and release oxygen.", "Plants take in ___."),
    item(
      "At what temperature does water boil at sea level, in degrees Celsius?", "100", "120",
      "The Celsius scale was fixed by that point.", "Water boils at ___ degrees Celsius."),
    item(
      "Who wrote Hamlet?", "Shakespeare", "Marlowe", "It was first played by his own company.",
      "Hamlet was written by ___."),
    item(
      "What is the opposite of 'ancient'?", "modern", "old", "Ancient things come from long ago.",
      "The opposite of ancient is ___."),
    item(
      "What is the plural of 'mouse'?", "mice", "mouses",
      "The word changes its vowel, as 'louse' does.", "The plural of mouse is ___."),
    item(
      "Translate 'dog' into Spanish.", "perro", "gato",
      "It is what Spanish speakers call the animal that barks.", "In Spanish a dog is called ___."),
    item(
      "Which ocean lies between Africa and Australia?", "Indian", "Atlantic",
      "It is bounded by Asia in the north.", "Between Africa and Australia lies the ___ Ocean."),
    item(
      "What kind of language is HTML?", "markup", "machine",
      "Its tags say what each part of a text is.", "HTML is a ___ language."),
    item(
      "How many sides does a hexagon have?", "6", "5", "'Hex' is Greek for that number.",
      "A hexagon has ___ sides."),
    item(
      "What is the chemical symbol of gold?", "Au", "Ag", "It comes from the Latin aurum.",
      "The symbol of gold is ___."),
    item(
      "If all roses are flowers, is every flower a rose?", "no", "yes",
      "Tulips are flowers and no roses.", "The answer to that is ___."),
    item(
      "What is 15 percent of 200?", "30", "35", "Ten percent are 20, five percent are 10.",
      "15 percent of 200 is ___."),
    item(
      "Which month comes after August?", "September", "October", "August is the eighth month.",
      "After August comes ___."),
    item(
      "In which direction does the sun rise?", "east", "west", "The earth turns that way.",
      "The sun rises in the ___."),
    item(
      "What does a thermometer measure?", "temperature", "pressure", "Its liquid grows with heat.",
      "A thermometer measures ___."),
  ]

  private static func item(
    _ question: String, _ answer: String, _ wrong: String, _ reason: String, _ frame: String
  ) -> AuditItem {
    AuditItem(
      question: question, answer: answer, wrongAnswer: wrong, reason: reason, frame: frame)
  }
}
