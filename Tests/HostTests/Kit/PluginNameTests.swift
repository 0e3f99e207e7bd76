import PluginAPI
import Testing

@testable import Host

struct PluginNameTests {
  @Test(arguments: [
    ("brevity", "Brevity", "brevity"), ("length-charge", "LengthCharge", "length_charge"),
    ("a2-b", "A2B", "a2_b"),
  ])
  func givesTheNamesOfItsParts(name: String, module: String, snake: String) throws {
    let name = try PluginName(name)
    #expect(name.module == module)
    #expect(name.snake == snake)
  }

  @Test(arguments: [
    ("Brevity", "brevity"), ("my_reward", "my-reward"), ("LengthCharge", "length-charge"),
    ("two  words", "two-words"), ("2fast", "fast"), ("reward!", "reward"), ("../evil", "evil"),
  ])
  func suggestsTheNearestName(wrong: String, right: String) throws {
    let problem = try #require(throws: Problem.self) { try PluginName(wrong) }
    #expect(problem.kind == .usage)
    #expect(problem.hint == "did you mean '\(right)'?")
  }

  @Test(arguments: ["", "-", "12", "é", String(repeating: "a", count: 41)])
  func refusesWhatCannotBeOne(wrong: String) {
    #expect(throws: Problem.self) { try PluginName(wrong) }
  }

  @Test(arguments: ["swift", "kernels", "plugin-api", "foundation"])
  func refusesModulesThatAPluginImports(name: String) throws {
    let problem = try #require(throws: Problem.self) { try PluginName(name) }
    #expect(problem.hint == "did you mean 'my-\(name)'?")
  }
}
