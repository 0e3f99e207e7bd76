import PluginAPI

extension Completion {
  /// What the program reads of a completion. What it names wins over a data row's field of the
  /// same name; what is not known is null.
  var processRow: JSONObject {
    var row = JSONObject()
    let question = prompt.messages.last { $0.role == "user" }?.content
    row["id"] = .string(prompt.id)
    row["prompt"] = question.map { .string($0) } ?? .null
    row["messages"] = .array(prompt.messages.map(\.json))
    row["response"] = .string(response)
    row["reference"] = prompt.reference.map { .string($0) } ?? .null
    row["model"] = .string(modelName)
    row["skill"] = prompt.skill.map { .string($0) } ?? .null
    for (key, value) in prompt.fields.entries where row[key] == nil { row[key] = value }
    return row
  }
}

extension RewardScore {
  /// What the program says of a completion.
  init(processReply reply: JSONObject) {
    if let error = reply["error"], !error.isNull, error != .bool(false) {
      self.init(failure: error.string ?? error.serialized())
      return
    }
    guard let score = reply["score"] else {
      let keys = reply.keys.map { quoted($0, limit: 40) }.prefix(8).joined(separator: ", ")
      self.init(failure: "the answer has no 'score'" + (keys.isEmpty ? "" : ", but \(keys)"))
      return
    }
    guard let value = score.double else {
      let found = score.isNull ? "null or NaN" : score.kindName
      self.init(failure: "the score is \(found), not a number")
      return
    }
    do {
      self.init(Float(value), parts: try Self.parts(reply["parts"]))
    } catch {
      self.init(failure: error.what)
    }
  }

  private static func parts(
    _ value: JSON?
  ) throws(Problem) -> [(name: String, value: Float)] {
    guard let value, !value.isNull else { return [] }
    guard let object = value.object else {
      throw Problem(.badData, "'parts' is \(value.kindName), not an object of numbers")
    }
    var parts: [(name: String, value: Float)] = []
    for (name, part) in object.entries {
      guard let number = part.double ?? (part.isNull ? .nan : nil) else {
        throw Problem(.badData, "the part \(quoted(name)) is \(part.kindName), not a number")
      }
      parts.append((name, Float(number)))
    }
    return parts
  }
}
