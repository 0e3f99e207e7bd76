import PluginAPI

// What travels between a run and the children of its isolated rewards, as JSON.

extension Completion {
  var line: JSON {
    [
      "id": .string(prompt.id), "place": .string(prompt.place),
      "messages": .array(prompt.messages.map(\.json)), "fields": .object(prompt.fields),
      "skill": prompt.skill.map { .string($0) } ?? .null,
      "reference": prompt.reference.map { .string($0) } ?? .null,
      "response": .string(response), "model": .string(modelName),
      "tokens": .array(tokenIDs.map { .int(Int64($0)) }),
    ]
  }

  init(line: JSON) {
    let messages = (line["messages"]?.array ?? []).map {
      Message(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "")
    }
    let prompt = Prompt(
      id: line["id"]?.string ?? "", messages: messages, skill: line["skill"]?.string,
      reference: line["reference"]?.string, fields: line["fields"]?.object ?? [:],
      place: line["place"]?.string ?? "")
    self.init(
      prompt: prompt, response: line["response"]?.string ?? "",
      tokenIDs: (line["tokens"]?.array ?? []).map { Int32(truncatingIfNeeded: $0.int ?? 0) },
      modelName: line["model"]?.string ?? "")
  }
}

extension RewardScore {
  /// NaN travels as null; every finite float is the same on the other side.
  var line: JSON {
    var line: JSON = ["score": value.isFinite ? .number(Double(value)) : .null]
    if let failure { line["error"] = .string(failure) }
    if !parts.isEmpty {
      line["parts"] = .array(
        parts.map { [.string($0.name), $0.value.isFinite ? .number(Double($0.value)) : .null] })
    }
    return line
  }

  init(line: JSON) {
    let parts = (line["parts"]?.array ?? []).map {
      (name: $0[0]?.string ?? "", value: Float($0[1]?.double ?? .nan))
    }
    self.init(Float(line["score"]?.double ?? .nan), parts: parts)
    failure = line["error"]?.string
  }
}

extension Problem {
  var line: JSON {
    var line: JSON = ["kind": .int(Int64(kind.rawValue)), "what": .string(what)]
    for (key, text) in [("place", place), ("expected", expected), ("hint", hint)] {
      line[key] = text.map { .string($0) }
    }
    return line
  }

  init(line: JSON) {
    let number = line["kind"]?.int.flatMap { Int32(exactly: $0) }
    self.init(
      number.flatMap { Kind(rawValue: $0) } ?? .failed, at: line["place"]?.string,
      line["what"]?.string ?? "", expected: line["expected"]?.string, hint: line["hint"]?.string)
  }
}

extension YAMLNode {
  /// The tree with the place of every node and key: faults found on the other side point into the
  /// recipe.
  var line: JSON {
    let mark = mark.json
    switch content {
    case .scalar(let scalar): return [mark, .string(scalar.text), .bool(scalar.isPlain)]
    case .sequence(let nodes): return [mark, .array(nodes.map(\.line))]
    case .mapping(let entries):
      var keys: [JSON] = []
      for entry in entries {
        keys.append([.string(entry.key), entry.keyMark.json, entry.value.line])
      }
      return [mark, .object(["keys": .array(keys)])]
    }
  }

  init?(line: JSON) {
    guard let mark = line[0].flatMap({ TextMark(json: $0) }), let body = line[1] else { return nil }
    if let text = body.string {
      self.init(.scalar(YAMLScalar(text, isPlain: line[2]?.bool ?? true)), at: mark)
    } else if let nodes = body.array {
      self.init(.sequence(nodes.compactMap { YAMLNode(line: $0) }), at: mark)
    } else {
      let entries = (body["keys"]?.array ?? []).compactMap { entry -> YAMLEntry? in
        guard let key = entry[0]?.string, let keyMark = entry[1].flatMap({ TextMark(json: $0) }),
          let value = entry[2].flatMap({ YAMLNode(line: $0) })
        else { return nil }
        return YAMLEntry(key: key, keyMark: keyMark, value: value)
      }
      self.init(.mapping(entries), at: mark)
    }
  }
}

extension TextMark {
  fileprivate var json: JSON { [.string(source), .int(Int64(line)), .int(Int64(column))] }

  fileprivate init?(json: JSON) {
    guard let source = json[0]?.string, let line = json[1]?.int, let column = json[2]?.int else {
      return nil
    }
    self.init(source: source, line: line, column: column)
  }
}
