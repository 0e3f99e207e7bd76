import PluginAPI

extension CheckList {
  /// The instructions of an IFEval record: `instruction_id_list`, and in `kwargs` one object of
  /// arguments for each. Throws `Problems` naming every instruction that cannot be verified here.
  init(ifeval row: JSON, place: String) throws(Problems) {
    let names = row["instruction_id_list"]?.array ?? []
    let arguments = row["kwargs"]?.array ?? []
    guard !names.isEmpty, arguments.count == names.count else {
      throw Problems([
        Problem(
          .badData, at: place,
          "\(names.count) entries in instruction_id_list and \(arguments.count) in kwargs",
          expected: "as many in both, at least one")
      ])
    }
    var problems: [Problem] = []
    checks = zip(names, arguments).enumerated().compactMap { index, pair in
      let place = "\(place): instruction_id_list[\(index)]"
      guard let name = pair.0.string, let make = instructions[name] else {
        problems.append(
          Problem(
            .badData, at: place, "\(quoted(pair.0.string ?? "")) cannot be verified",
            expected: "one of \(instructions.keys.sorted().joined(separator: ", "))"))
        return nil
      }
      return WeightedCheck(make(pair.1), place: place, problems: &problems)
    }
    if !problems.isEmpty { throw Problems(problems) }
  }
}

/// IFEval's instructions in our words: from the record's arguments to a check.
private let instructions: [String: @Sendable (_ arguments: JSON) -> JSON] = [
  "keywords:existence": { check("keywords", ["all": $0["keywords"], "whole_words": false]) },
  "keywords:forbidden_words": { check("keywords", ["none": $0["forbidden_words"]]) },
  "keywords:frequency": {
    check(
      "frequency", ["of": $0["keyword"], "whole_words": false], relation($0, count: "frequency"))
  },
  "keywords:letter_frequency": {
    check(
      "frequency", ["of": $0["letter"], "whole_words": false],
      relation($0, "let_relation", count: "let_frequency"))
  },
  "length_constraints:number_words": { check("words", relation($0, count: "num_words")) },
  "length_constraints:number_sentences": {
    check("sentences", relation($0, count: "num_sentences"))
  },
  "detectable_format:number_bullet_lists": { check("bullets", ["exactly": $0["num_bullets"]]) },
  "detectable_format:json_format": { _ in check("json") },
  "detectable_format:number_highlighted_sections": {
    matches(#"\*[^\n*]+\*"#, atLeast: $0["num_highlights"])
  },
  "detectable_format:title": { _ in matches("<<[^\\n]+>>", atLeast: 1) },
  "detectable_content:number_placeholders": {
    matches(#"\[[^\n\]]*\]"#, atLeast: $0["num_placeholders"])
  },
  "detectable_content:postscript": {
    check(
      "keywords",
      ["all": $0["postscript_marker"], "whole_words": false])
  },
  "startend:end_checker": {
    check("ends_with", ["value": $0["end_phrase"], "ignore_case": true])
  },
  "startend:quotation": { _ in matches(#"\A\s*"[\s\S]*"\s*\z"#, atLeast: 1) },
  "combination:repeat_prompt": {
    check("starts_with", ["value": $0["prompt_to_repeat"], "ignore_case": true])
  },
  "change_case:english_capital": { _ in check("case", ["value": "upper"]) },
  "change_case:english_lowercase": { _ in check("case", ["value": "lower"]) },
  "punctuation:no_comma": { _ in check("no_commas") },
]

private func check(_ type: String, _ keys: [String: JSON?]...) -> JSON {
  var object = JSONObject()
  object["type"] = .string(type)
  for keys in keys {
    for (key, value) in keys.sorted(by: { $0.key < $1.key }) { object[key] = value ?? .null }
  }
  return .object(object)
}

private func matches(_ pattern: String, atLeast count: JSON?) -> JSON {
  check("regex", ["pattern": .string(pattern), "at_least": count])
}

/// IFEval knows two relations: "at least" n, and "less than" n.
private func relation(
  _ arguments: JSON, _ key: String = "relation", count: String
) -> [String: JSON?] {
  guard arguments[key]?.string == "less than", let count = arguments[count]?.int else {
    return ["at_least": arguments[count]]
  }
  return ["at_most": .int(Int64(max(0, count - 1)))]
}
