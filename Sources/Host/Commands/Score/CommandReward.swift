import PluginAPI

/// A reward by its name or as a mapping, with options given as `key=value`.
func makeReward(_ name: String, options: [String]) throws -> RewardHandle {
  var node: YAMLNode
  if let mapping = try commandMapping(name) {
    node = mapping
  } else {
    node = YAMLNode(.mapping([]), at: TextMark(source: "command line", line: 1, column: 1))
    try YAMLOverride("plugin=\(name)").apply(to: &node)
  }
  for option in options { try YAMLOverride(option).apply(to: &node) }
  var problems: [Problem] = []
  let context = OptionContext(folder: ".")
  let specification = RewardSpecification(node, into: &problems, context)
  let factory = PluginFactory(registry: PluginRegistry(), context: context)
  guard let reward = factory.reward(specification, into: &problems), problems.isEmpty else {
    throw Problems(problems)
  }
  return reward
}
