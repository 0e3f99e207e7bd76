import PluginAPI

/// `isolate:` of a reward: whether it runs in a child of its own, and what that may use.
struct Isolation: OptionValue {
  var isOn = false
  var limits = IsolationLimits()

  static let typeText = "true, false or a mapping of limits"
  static var schema: JSON {
    var properties = JSONObject()
    for option in OptionReader.describe(IsolationLimits()) {
      var schema = option.schema
      schema["description"] = .string(option.documentation)
      properties[option.key] = schema
    }
    return [
      "anyOf": [
        ["type": "boolean"],
        [
          "type": "object", "properties": .object(properties), "additionalProperties": false,
        ],
      ]
    ]
  }
  var optionText: String { isOn ? "true" : "false" }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Isolation {
    if let flag = node.bool { return Isolation(isOn: flag) }
    guard node.mapping != nil else { throw mismatch(node) }
    var problems: [Problem] = []
    let limits = OptionReader.read(
      IsolationLimits.self, from: node, into: &problems, context)
    if !problems.isEmpty { throw Problems(problems) }
    return Isolation(isOn: true, limits: limits)
  }
}

/// What the child of an isolated reward may use.
struct IsolationLimits: PluginOptions {
  @Setting("Seconds that the score of a row may take.", in: 0.001...1e6)
  var deadlineSeconds = 60.0
  @Setting("Seconds on top for a child's first score: loading.", in: 0.0...1e6)
  var startSeconds = 60.0
  @Setting("How often, in all, children may be started again after a crash.", in: 0...1_000_000)
  var restarts = 20
  @Setting("Address space that a child may use, in MB (10^6 bytes).", in: 1...1_000_000_000)
  var memoryMb: Int?
  @Setting("Children that judge side by side.", in: 1...256) var workers = 1
}
