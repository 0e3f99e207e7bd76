import PluginAPI

/// The JSON Schema of the recipe language with the plugins that were found.
struct RecipeSchema {
  let registry: PluginRegistry

  var json: JSON {
    let manifests = registry.loadAll()
    var properties = Self.properties(of: OptionReader.describe(RecipeDocument()))
    let model = Self.object(of: ModelSpecification.Common(), isOpen: true)
    let target: JSON = ["anyOf": [["type": "string"], model]]
    properties["target"] = target
    properties["sources"] = ["type": "array", "items": target]
    var rewards: [JSON] = []
    for reward in manifests.flatMap(\.rewards) {
      rewards.append(
        Self.named(
          reward, by: "plugin", beside: OptionReader.describe(RewardSpecification.Common())))
    }
    let names = manifests.flatMap(\.rewards).map { JSON.string($0.name) }
    let list: JSON = [
      "type": "array", "items": ["anyOf": .array([["enum": .array(names)]] + rewards)],
    ]
    properties["rewards"] = list
    if var evaluate = properties["evaluate"], var keys = evaluate["properties"] {
      keys["rewards"] = list
      evaluate["properties"] = keys
      properties["evaluate"] = evaluate
    }
    var strategies: [JSON] = []
    for strategy in manifests.flatMap(\.fusions) {
      strategies.append(
        Self.named(
          strategy, by: "strategy", beside: OptionReader.describe(StrategySpecification.Common())))
    }
    properties["fusion"] = ["anyOf": .array(strategies)]
    return [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Crucible recipe",
      "type": "object", "properties": .object(properties), "required": ["target", "fusion"],
      "additionalProperties": false,
    ]
  }

  /// A plugin's options with the key that names it.
  private static func named<P: Plugin>(
    _ type: P.Type, by key: String, beside common: [OptionDescription]
  ) -> JSON {
    var properties = properties(of: common + OptionReader.describe(P.Options()))
    properties[key] = ["const": .string(type.name)]
    return [
      "type": "object", "description": .string(type.summary), "properties": .object(properties),
      "required": [.string(key)], "additionalProperties": false,
    ]
  }

  private static func object(of options: some PluginOptions, isOpen: Bool) -> JSON {
    [
      "type": "object", "properties": .object(properties(of: OptionReader.describe(options))),
      "additionalProperties": .bool(isOpen),
    ]
  }

  /// `section.key` becomes a key of an inner object.
  private static func properties(of options: [OptionDescription]) -> JSONObject {
    var properties = JSONObject()
    for option in options {
      let parts = option.key.split(separator: ".", maxSplits: 1).map(String.init)
      var schema = option.schema.object.map(JSON.object) ?? [:]
      schema["description"] = .string(option.documentation)
      if parts.count == 1 {
        properties[option.key] = schema
        continue
      }
      var section: JSON =
        properties[parts[0]] ?? [
          "type": "object", "properties": [:], "additionalProperties": false,
        ]
      var inner = section["properties"] ?? [:]
      inner[parts[1]] = schema
      section["properties"] = inner
      properties[parts[0]] = section
    }
    return properties
  }
}
