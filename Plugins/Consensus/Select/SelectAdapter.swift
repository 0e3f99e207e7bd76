import PluginAPI

/// A model that asks others and says what the best of them said.
struct SelectAdapter: ModelAdapter {
  static let name = "select"
  static let summary = "The best of several models' responses, by rewards: no training."

  struct Options: PluginOptions {
    @Setting("The models to ask; of equal responses the first model's is taken.")
    var models: [ModelHandle] = []
    @Setting("What picks, as in a recipe.") var rewards: [RewardHandle] = []
    @Setting("Responses of each model.", in: 1...1000) var n = 1
    @Setting("How they are drawn; none draws as the caller asks.", in: 0.0...100)
    var temperature: Double?
    @Setting("As in sampling; none draws as the caller asks.", in: 0.0...1) var topP: Double?
  }

  private let options: Options

  init(_ options: Options) throws {
    // Without any it stands for itself in a list of adapters, and cannot open.
    if options.models.count == 1, options.n == 1 {
      throw OptionError("n", options.n, "must be above 1 when one model is asked")
    }
    if options.temperature == 0, options.n > 1 {
      throw OptionError("temperature", 0, "gives \(options.n) times the same; set n: 1")
    }
    self.options = options
  }

  /// By name only: what it needs is in its options.
  static func canOpen(_ reference: ModelReference) -> Bool { false }

  func open(_ reference: ModelReference) throws -> any LanguageModel {
    guard !options.models.isEmpty else {
      throw Problem(
        .badConfiguration, at: reference.place, "'select' has no models to ask",
        expected: "{adapter: select, models: [PATH, …]}")
    }
    guard !options.rewards.isEmpty else {
      throw Problem(
        .badConfiguration, at: reference.place, "'select' has no rewards to pick by",
        expected: "rewards: [{plugin: consensus}], or any other")
    }
    return try SelectedModel(
      models: options.models, panel: Panel(rewards: options.rewards), count: options.n,
      temperature: options.temperature, topP: options.topP)
  }
}
