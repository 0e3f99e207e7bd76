import PluginAPI

/// What the commonest errors of a compiler mean for somebody who writes a plugin.
enum CompilerHints {
  static func hints(for words: String, of sources: PluginSources) -> [String] {
    var hints: [String] = []
    if sources.importsNothing { hints.append("no file says 'import PluginAPI'") }
    hints += rules.filter { words.contains($0.sign) }.map(\.hint)
    return hints
  }

  private static let rules: [(sign: String, hint: String)] = [
    (
      "does not conform to protocol 'RewardModel'",
      "a reward needs name, summary, init(_ options:) and scores(_ batch: [Completion]) -> [Float]"
    ),
    (
      "does not conform to protocol 'ModelAdapter'",
      "an adapter needs name, summary, init(_ options:), canOpen(_:) and open(_:)"
    ),
    (
      "does not conform to protocol 'LanguageModel'",
      "a model needs identity and generate(_ requests:settings:progress:)"
    ),
    (
      "does not conform to protocol 'FusionStrategy'",
      "a strategy needs name, summary, init(_ options:) and fuse(_ job: any FusionJob) -> ModelHandle"
    ),
    (
      "does not conform to protocol 'MergeMethod'",
      "a merge method needs name, summary, contract, init(_ options:) and merge(_ tensor:)"
    ),
    (
      "does not conform to the 'Sendable' protocol",
      "plugins are used from several threads: let constants be 'let', and classes final"
    ),
    (
      "no such module",
      "plugins see the core (PluginAPI) and the toolchain's own modules; other packages need a "
        + "Package.swift: crucible plugin new … --package"
    ),
    ("unknown attribute 'c'", "@c needs Swift 6.3; @_cdecl(\"…\") does the same before"),
    (
      "@objc", "an entry function is public, outside of types, and returns UnsafeRawPointer"
    ),
  ]
}
