import PluginAPI

extension CheckList {
  /// The checks that a data row brings along, or `fallback` (those of the recipe) when it has none.
  ///
  /// A row says what is right in one of three ways, looked for in this order: `checks`, a list of
  /// our checks; `instruction_id_list` with `kwargs`, as in IFEval; `answer`, as in GSM8K, which
  /// means its last number. Throws `Problems` that name the row (`place`) and the check.
  init(row: JSON, place: String, fallback: CheckList? = nil) throws(Problems) {
    if let checks = row["checks"] {
      try self.init(checks, place: "\(place): checks")
    } else if row["instruction_id_list"] != nil {
      try self.init(ifeval: row, place: place)
    } else if let fallback {
      self = fallback
    } else if let answer = row["answer"]?.string {
      guard let number = finalNumber(in: answer) else {
        throw Problems([
          Problem(.badData, at: place, "answer holds no number", hint: "give the row 'checks'")
        ])
      }
      self.init(checks: [WeightedCheck(check: NumericCheck(value: number), weight: 1)])
    } else {
      throw Problems([
        Problem(
          .badData, at: place, "nothing says what a right response is",
          expected: "'checks', 'instruction_id_list' or 'answer'",
          hint: "or give the reward 'checks' in the recipe")
      ])
    }
  }

  /// A list of checks (or one check) as written in a row or a recipe. Every fault is reported.
  init(_ json: JSON, place: String) throws(Problems) {
    let items: [(JSON, String)]
    switch json {
    case .array(let elements):
      items = elements.enumerated().map { ($1, "\(place)[\($0)]") }
    case .object: items = [(json, place)]
    default:
      throw Problems([
        Problem(.badData, at: place, "not a list of checks", expected: "[{\"type\": …}, …]")
      ])
    }
    var problems: [Problem] = []
    checks = items.compactMap { WeightedCheck($0, place: $1, problems: &problems) }
    if items.isEmpty {
      problems.append(
        Problem(.badData, at: place, "the list is empty", expected: "at least one check"))
    }
    if !problems.isEmpty { throw Problems(problems) }
  }
}

extension WeightedCheck {
  /// Reads one check, or adds to `problems` why it cannot be read.
  init?(_ json: JSON, place: String, problems: inout [Problem]) {
    guard let object = json.object, let type = json["type"]?.string else {
      problems.append(
        Problem(.badData, at: place, "not a check", expected: "an object with a 'type'"))
      return nil
    }
    guard let kind = CheckKind.named[type] else {
      let names = CheckKind.all.map(\.name).joined(separator: ", ")
      problems.append(
        Problem(.badData, at: place, "unknown type \(quoted(type))", expected: "one of \(names)"))
      return nil
    }
    var reader = CheckReader(object, kind: type, place: place)
    let weight = reader.number("weight", default: 1)
    if weight <= 0 || !weight.isFinite {
      reader.report("weight is \(weight)", expected: "a number above 0")
    }
    let check = kind.make(&reader)
    reader.finish()
    problems += reader.problems
    guard let check, reader.problems.isEmpty else { return nil }
    self.init(check: check, weight: weight)
  }
}
