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
      "does not conform to protocol 'Plugin'",
      "its Options are a struct that conforms to PluginOptions, each property a @Setting"
    ),
    (
      "conform to 'OptionValue'",
      "an option is an Int, Double, Float, Bool, String, FilePath, an enum that is an OptionChoice, a "
        + "ModelHandle, a RewardHandle, or an optional or an array of these"
    ),
    (
      "non-Sendable type",
      "plugins are used from several threads: let what they hold be 'let', and classes final and Sendable"
    ),
    (
      "cannot be represented in C",
      "the entry function returns UnsafeRawPointer, which is what manifest(…) gives"
    ),
    (
      "no such module",
      "plugins see the core (PluginAPI) and the toolchain's own modules; other packages need a "
        + "Package.swift: crucible plugin new … --package"
    ),
    ("unknown attribute 'c'", "@c needs Swift 6.3; @_cdecl(\"…\") does the same before"),
  ]
}
