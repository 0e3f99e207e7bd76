import Testing

@testable import Merging

/// Documents of merge configs: what they say, and what is told when they say it wrongly.
struct MergeConfigTests {
  @Test func aDocumentIsRead() throws {
    let document = try document(
      """
      base_model: base
      dtype: torch.bfloat16
      out_dtype: float32
      tokenizer_source: base
      chat_template: chatml
      compat: mergekit
      """)
    #expect(document.method == "linear" && document.baseModel?.text == "base")
    #expect(document.dtype == .bf16 && document.outputDType == .f32)
    #expect(document.tokenizer?.source == .base && document.chatTemplate == "chatml")
    #expect(document.followsMergekit && document.modules.count == 1)
    #expect(document.modules[0].isWhole && document.modules[0].name == nil)
  }

  @Test func anchorsAndMergesAreFollowed() throws {
    let config = try mergeConfig(
      """
      merge_method: linear
      parameters: &common {weight: 1e-4, density: 0.5}
      modules:
        default:
          parameters: {<<: *common, density: 0.25}
          models: [{model: b, parameters: *common}]
      """)
    let document = config.documents[0]
    #expect(try document.modules[0].parameters["weight"]?.value(for: "x", at: 0)?.double == 1e-4)
    #expect(try document.modules[0].parameters["density"]?.value(for: "x", at: 0)?.double == 0.25)
    let entry = document.modules[0].slices[0].sources[0]
    #expect(try entry.parameters["density"]?.value(for: "x", at: 0)?.double == 0.5)
  }

  @Test func slicesHaveLayersAndBases() throws {
    let text = """
      merge_method: slerp
      slices:
        - sources: [{model: a, layer_range: [0, 2]}, {model: b, layer_range: [1, 3]}]
          base_model: a
          parameters: {t: 0.5}
          residual_weight: 1
        - sources: [{model: a, layer_range: [2, 4]}, {model: a, layer_range: [0, 2]}]
      """
    let config = try mergeConfig(text)
    let slices = config.documents[0].modules[0].slices
    #expect(slices[0].sources.map(\.layers) == [0..<2, 1..<3])
    #expect(slices[0].baseModel?.text == "a" && slices[1].baseModel == nil)
    #expect(config.warnings.count == 1 && config.warnings[0].contains("residual_weight"))
  }

  /// Empty lists count as absent, beside a full one too.
  @Test func emptyListsAreAbsent() throws {
    let document = try mergeConfig(
      "merge_method: linear\nmodels: []\nslices: [{sources: [{model: a}]}]\nmodules: {}\n"
    ).documents[0]
    #expect(document.modules[0].slices[0].sources.map(\.model.text) == ["a"])
    #expect(!document.modules[0].isWhole)
    let modules = try mergeConfig(
      "merge_method: linear\nmodules: {x: {models: [], slices: [{sources: [{model: a}]}]}}\n")
    #expect(modules.documents[0].modules[0].slices[0].sources.count == 1)
    for empty in ["models: []", "slices: []", "modules: {}", "models: ~", ""] {
      #expect(faults("merge_method: linear\n\(empty)\n").count == 1, "\(empty)")
    }
  }

  @Test(arguments: [
    "models: [{model: a}]\nslices: [{sources: [{model: a}]}]",
    "models: [{model: a}]\nmodules: {x: {models: [{model: a}]}}",
    "modules: {x: {models: [{model: a}], slices: [{sources: [{model: a}]}]}}",
    "models: [{model: a}]\ntokenizer_source: base\ntokenizer: {source: union}",
  ])
  func keysThatExcludeEachOther(text: String) {
    let found = faults("merge_method: linear\n\(text)\n")
    #expect(found.count == 1 && found[0].what.contains("both"), "\(found)")
  }

  // MARK: - Leftovers and misspelt keys

  @Test(arguments: [
    "embed_slerp: true", "int8_mask: true", "normalize: true", "weight: 1", "density: 0.5",
    "layer_range: [0, 3]",
  ])
  func leftoversAreOneWarning(line: String) throws {
    let config = try mergeConfig("merge_method: linear\nmodels: [{model: a}]\n\(line)\n")
    #expect(config.warnings.count == 1)
    #expect(config.warnings.first?.hasPrefix("merge.yml:3:1: ") == true)
  }

  @Test func leftoversOfModelsAreWarnings() throws {
    let config = try mergeConfig(
      "merge_method: linear\nmodels:\n  - {model: a, layer_range: [0, 3], weight: 1, name: x}\n")
    #expect(config.warnings.count == 3)
  }

  @Test(arguments: [
    ("merge_methode: x", 3, 1, "merge_method"), ("paramters: {}", 3, 1, "parameters"),
    ("base_modle: x", 3, 1, "base_model"), ("dytpe: float32", 3, 1, "dtype"),
    ("tokenizer:\n  sorce: base", 4, 3, "source"),
    ("tokenizer:\n  tokens:\n    x: {forse: true}", 5, 9, "force"),
    (
      "tokenizer:\n  tokens: {x: {source: {kind: model_token, modle: a, token_id: 1}}}", 4, 44,
      "model"
    ),
    ("parameters:\n  p: {filtre: a, value: 1}", 4, 7, "filter"),
    ("base_model: {model: {path: a, revison: b}}", 3, 31, "revision"),
  ])
  func misspeltKeysOfDocuments(text: String, line: Int, column: Int, meant: String) {
    let found = faults("merge_method: linear\nmodels: [{model: a}]\n\(text)\n")
    #expect(
      found.contains {
        $0.place == "merge.yml:\(line):\(column)" && $0.hint == "did you mean '\(meant)'?"
      }, "\(found)")
  }

  @Test(arguments: [
    ("models:\n  - {model: a, paramters: {}}", 3, 16, "parameters"),
    ("slices:\n  - {sources: [{model: a}], parametres: {}}", 3, 29, "parameters"),
    ("slices:\n  - sources: [{model: a, layer_rnage: [0, 1]}]", 3, 26, "layer_range"),
    ("modules:\n  x: {models: [{model: a}], paramters: {}}", 3, 29, "parameters"),
  ])
  func misspeltKeysOfEntries(text: String, line: Int, column: Int, meant: String) {
    let found = faults("merge_method: linear\n\(text)\n")
    #expect(
      found.contains {
        $0.place == "merge.yml:\(line):\(column)" && $0.hint == "did you mean '\(meant)'?"
      }, "\(found)")
  }

  // MARK: - Wrong kinds of values

  @Test(arguments: [
    "base_model: [a]", "dtype: bf17", "dtype: [float32]", "out_dtype: int8", "dtype: 5",
    "chat_template: [a]", "chat_template: {a: b}", "name: [a]", "compat: yes", "compat: [a]",
    "parameters: 5", "parameters: [a]", "tokenizer: union", "tokenizer: [union]",
    "tokenizer_source: [base]", "tokenizer: {source: [a]}", "tokenizer: {tokens: [a]}",
    "tokenizer: {tokens: {a: 5}}", "tokenizer: {tokens: {a: zero}}",
    "tokenizer: {tokens: {a: {force: maybe}}}", "tokenizer: {tokens: {a: {source: {kind: one}}}}",
    "tokenizer: {tokens: {a: {source: {kind: [zero]}}}}",
    "tokenizer: {tokens: {a: {source: {kind: zero, model: b}}}}",
    "tokenizer: {tokens: {a: {source: {kind: model_token}}}}",
    "tokenizer: {tokens: {a: {source: {kind: model_token, model: b}}}}",
    "tokenizer: {tokens: {a: {source: {kind: model_token, model: b, token: x, token_id: 1}}}}",
    "tokenizer: {pad_to_multiple_of: 0}", "tokenizer: {pad_to_multiple_of: 1.5}",
    "tokenizer: {pad_to_multiple_of: [8]}",
  ])
  func wrongValuesHaveAPlace(line: String) {
    let found = faults("merge_method: linear\nmodels: [{model: a}]\n\(line)\n")
    #expect(!found.isEmpty)
    for problem in found {
      #expect(problem.kind == .badConfiguration)
      #expect(problem.place?.hasPrefix("merge.yml:3:") == true, "\(problem)")
    }
  }

  @Test(arguments: [
    "models: 5", "models: a", "models: {model: a}", "models: [a]", "models: [{weight: 1}]",
    "models: [[a]]", "models: [{model: ~}]", "slices: 5", "slices: {sources: []}", "slices: [a]",
    "slices: [{parameters: {}}]", "slices: [{sources: a}]", "slices: [{sources: [a]}]",
    "slices: [{sources: [{model: a, layer_range: 5}]}]",
    "slices: [{sources: [{model: a, layer_range: [1]}]}]",
    "slices: [{sources: [{model: a, layer_range: [2, 1]}]}]",
    "slices: [{sources: [{model: a, layer_range: [1, 1]}]}]",
    "slices: [{sources: [{model: a, layer_range: [-1, 1]}]}]",
    "slices: [{sources: [{model: a, layer_range: [0, 1.5]}]}]",
    "slices: [{sources: [{model: a, layer_range: [0, 1, 2]}]}]",
    "slices: [{sources: [{model: a, layer_range: [0, x]}]}]", "modules: 5", "modules: [a]",
    "modules: {x: 5}", "modules: {x: {}}", "modules: {x: {models: 5}}",
    "models: [{model: a, parameters: 5}]",
  ])
  func wrongModelsHaveAPlace(line: String) {
    let found = faults("merge_method: linear\n\(line)\n")
    #expect(!found.isEmpty)
    for problem in found {
      #expect(problem.kind == .badConfiguration)
      #expect(problem.place?.hasPrefix("merge.yml:2:") == true, "\(problem)")
    }
  }

  @Test(arguments: ["", "\n", "# nothing\n", "---\n---\n", "[]", "linear", "merge_method: [a]"])
  func textsThatAreNoMerge(text: String) {
    let found = faults(text)
    #expect(found.count >= 1)
    for problem in found { #expect(problem.place?.hasPrefix("merge.yml") == true) }
  }

  @Test func flagsOfTokensMayBeThoseOfYAML11() throws {
    let document = try document("tokenizer: {tokens: {a: {force: yes}, b: {force: off}, c: ~}}")
    #expect(document.tokenizer?.tokens.map(\.isForced) == [true, false, false])
  }
}
