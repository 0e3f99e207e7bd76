import ArgumentParser
import PluginAPI

/// `crucible validate`
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Every fault of a recipe at once, each with file, line and column.")

  @Argument(help: "Recipe.") var recipe: String?
  @Option(name: .customLong("set"), help: "key=value, as for run; may be repeated.")
  var overrides: [String] = []
  @Flag(help: "Print the JSON Schema of recipes, options of the plugins included.")
  var schema = false

  func validate() throws {
    guard schema != (recipe != nil) else {
      throw ValidationError("give either a RECIPE or --schema")
    }
  }

  func run() throws {
    let registry = PluginRegistry()
    guard let recipe else {
      return print(RecipeSchema(registry: registry).json.serialized(pretty: true))
    }
    let plan = try RunPlan(path: recipe, overrides: overrides, registry: registry)
    for warning in plan.warnings { Failure.printError("warning: \(warning)") }
    print("\(recipe): ok")
  }
}
