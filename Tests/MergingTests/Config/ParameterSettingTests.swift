import Testing

@testable import Merging

/// Scalars, gradients and filters of parameters.
struct ParameterSettingTests {
  private func numbers(_ text: String, layers: Int) throws -> [Double] {
    try (0..<layers).map { layer in
      let t = layers == 1 ? 1 : Double(layer) / Double(layers - 1)
      return try #require(try setting(text, "model.layers.\(layer).x", at: t)?.double)
    }
  }

  /// The worked example of the language's description.
  @Test(
    arguments: [
      (3, [0, 0.3, 1]), (4, [0, 13.0 / 30, 17.0 / 30, 1]), (5, [0, 0.5, 0.3, 0.7, 1]), (1, [1.0]),
    ] as [(Int, [Double])])
  func gradientsSpanTheLayers(layers: Int, expected: [Double]) throws {
    let found = try numbers("[0, .5, .3, .7, 1]", layers: layers)
    for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-12) }
    #expect(found.count == expected.count)
  }

  @Test func gradientsStartOutsideTheLayers() throws {
    #expect(try setting("[0.25, 1]", "model.norm.weight", at: 0)?.double == 0.25)
    #expect(try setting("[0.25]", "x", at: 1)?.double == 0.25)
    #expect(try setting("[]", "x", at: 0.5) == nil)
  }

  @Test func wordsAndFlagsArePicked() throws {
    #expect(try setting("[yes, off]", "x", at: 0.9)?.bool == true)
    #expect(try setting("[yes, off]", "x", at: 1)?.bool == false)
    #expect(try setting("[sum, total, count]", "x", at: 0.99)?.string == "total")
    #expect(throws: Problem.self) { try setting("[1, two]", "x", at: 0) }
  }

  @Test(arguments: ["yes", "Yes", "YES", "on", "On", "true", "True"])
  func flagsOfYAML11AreTrue(text: String) throws {
    #expect(try setting(text, "x", at: 0)?.bool == true)
  }

  @Test(arguments: ["no", "No", "NO", "off", "OFF", "false"])
  func flagsOfYAML11AreFalse(text: String) throws {
    #expect(try setting(text, "x", at: 0)?.bool == false)
    #expect(try setting("'\(text)'", "x", at: 0)?.bool == nil)
  }

  @Test(arguments: [("1e-4", 1e-4), ("1E3", 1000), ("-.5", -0.5), ("+2.", 2), ("5", 5)])
  func numbersNeedNoDot(text: String, number: Double) throws {
    #expect(try setting(text, "x", at: 0)?.double == number)
    #expect(try setting("[\(text), \(text)]", "x", at: 0.5)?.double == number)
  }

  @Test func wholeNumbersStayWhole() throws {
    #expect(try setting("[1, 3]", "x", at: 0.5)?.int == 2)
    #expect(try setting("[1, 2]", "x", at: 0.5)?.int == nil)
  }

  @Test func theFirstFilterThatMatchesCounts() throws {
    let text = "[{filter: self_attn, value: [0, 1]}, {filter: mlp, value: 3}, {value: 0.5}]"
    #expect(try setting(text, "layers.0.self_attn.q", at: 0.25)?.double == 0.25)
    #expect(try setting(text, "layers.0.mlp.up", at: 0.25)?.double == 3)
    #expect(try setting(text, "norm", at: 0.25)?.double == 0.5)
    let last = "[{value: 1}, {filter: mlp, value: 3}]"
    #expect(try setting(last, "mlp", at: 0)?.double == 1)
    #expect(try setting("[{filter: '*', value: 7}, {value: 1}]", "any", at: 0)?.double == 7)
    #expect(try setting("{filter: mlp, value: 2}", "mlp", at: 0)?.double == 2)
    #expect(try setting("{filter: mlp, value: 2}", "norm", at: 0) == nil)
    #expect(try setting("[{filter: mlp, value: []}, {value: 1}]", "mlp", at: 0) == nil)
  }

  /// Filters are parts of names, nothing smarter: both traps are mergekit's.
  @Test func filtersAreSubstrings() throws {
    let layer = "[{filter: layers.1, value: 1}, {value: 0}]"
    #expect(try setting(layer, "model.layers.10.mlp.up", at: 0)?.double == 1)
    #expect(try setting(layer, "model.layers.2.mlp.up", at: 0)?.double == 0)
    let norm = "[{filter: norm, value: 1}, {value: 0}]"
    #expect(try setting(norm, "model.layers.0.input_layernorm.weight", at: 0)?.double == 1)
    #expect(try setting("[{filter: 7, value: 1}]", "layers.7.x", at: 0)?.double == 1)
    #expect(try setting("[{filter: q_PROJ, value: 1}]", "q_proj", at: 0) == nil)
  }

  @Test(arguments: [
    "[[1, 2], 3]", "[{value: 1}, 2]", "{filter: x}", "{filter: [a], value: 1}",
    "{filter: a, value: {b: 1}}", "{filtre: a, value: 1}", "[{filter: a, value: [[1]]}]",
    "[{filter: a, value: [{b: 1}]}]",
  ])
  func wrongSettingsHaveAPlace(text: String) {
    let found = faults("merge_method: linear\nmodels: [{model: a}]\nparameters: {p: \(text)}\n")
    #expect(!found.isEmpty)
    for problem in found { #expect(problem.place?.hasPrefix("merge.yml:3:") == true) }
  }

  @Test func nothingIsNoValue() throws {
    #expect(try setting("null", "x", at: 0) == nil)
    #expect(try setting("~", "x", at: 0) == nil)
  }
}
