import PluginAPI

/// What two runs must share before their results may stand side by side, for `results.json`.
extension RunPlan {
  /// The rewards that grade: name, weight, hash of options and of what the reward says of itself, and hash
  /// of its library, which another build of the same reward changes.
  func graderRecords() throws -> JSON {
    .array(
      try zip(graders, graders.labels).map { reward, label in
        [
          "name": .string(label), "weight": .number(reward.weight),
          "identity": .string(
            SHA256.hex(of: "\(reward.name)\n\(reward.options)\n\(try reward.model.identity)")),
          "library": .string(reward.library),
        ]
      })
  }

  /// Hash of the held-out rows as they are used.
  var heldoutSHA256: String { Self.hash(heldoutPrompts) }
  /// Hash of the training rows as they are used.
  var trainSHA256: String { Self.hash(trainPrompts) }

  /// How held-out prompts are answered.
  var heldoutSettings: SamplingSettings {
    var settings = recipe.sampling.settings
    settings.temperature = recipe.evaluate.temperature
    settings.topP = recipe.evaluate.topP
    if let maxTokens = recipe.evaluate.maxTokens { settings.maxTokens = maxTokens }
    return settings
  }

  var heldoutSettingsJSON: JSON {
    let settings = heldoutSettings
    return [
      "n": .int(Int64(recipe.evaluate.n)), "temperature": .number(settings.temperature),
      "top_p": .number(settings.topP), "max_tokens": .int(Int64(settings.maxTokens)),
    ]
  }

  private static func hash(_ prompts: [Prompt]) -> String {
    let lines = prompts.map { prompt in
      let row: JSON = [
        "id": .string(prompt.id), "prompt": .array(prompt.messages.map(\.json)),
        "skill": .string(prompt.group),
        "reference": prompt.reference.map { .string($0) } ?? .null,
        "fields": .object(prompt.fields),
      ]
      return row.serialized(sortKeys: true) + "\n"
    }
    return SHA256.hex(of: lines.joined())
  }
}
