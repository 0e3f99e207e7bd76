import Testing

@testable import Merging

/// How configs name models.
struct ModelReferenceTests {
  private typealias Part = MergeModelReference.Part

  @Test func textHasPathRevisionAndAdapter() {
    let nowhere = { (_: String) in false }
    let read = { (text: String) in MergeModelReference(text, exists: nowhere) }
    #expect(read("org/model") == MergeModelReference(model: Part(path: "org/model")))
    #expect(
      read("org/model@v1") == MergeModelReference(model: Part(path: "org/model", revision: "v1")))
    #expect(
      read("m@v1+lora@v2")
        == MergeModelReference(
          model: Part(path: "m", revision: "v1"), adapter: Part(path: "lora", revision: "v2")))
    #expect(read("m+lora")?.text == "m+lora")
    for wrong in ["", "@", "a@", "@a", "a@b@c", "+", "a+", "+b", "a+b+c", "a+b@c@d", "a@+b"] {
      #expect(read(wrong) == nil, "\(wrong)")
    }
  }

  @Test func pathsThatExistAreTakenWhole() {
    let reference = MergeModelReference("runs/a+b@c", exists: { $0 == "runs/a+b@c" })
    #expect(reference == MergeModelReference(model: Part(path: "runs/a+b@c")))
  }

  /// Seen from the folder of the config too.
  @Test func pathsBesideTheConfigAreTakenWhole() throws {
    let folder = try ScratchFolder()
    try makeDirectories(folder.path("a+b"))
    let text = "merge_method: linear\nmodels: [{model: a+b}]\n"
    let config = try MergeConfig(text: text, path: folder.path("merge.yml"))
    #expect(config.documents[0].models == [MergeModelReference(model: Part(path: "a+b"))])
  }

  @Test func mappingsHavePathRevisionAndAdapter() throws {
    let text = """
      base_model:
        model: {path: org/model, revision: 5}
        lora: {path: adapters/x}
        override_architecture: LlamaForCausalLM
      """
    let base = try #require(try document(text).baseModel)
    #expect(base.model == Part(path: "org/model", revision: "5"))
    #expect(base.adapter == Part(path: "adapters/x"))
    #expect(base == MergeModelReference("org/model@5+adapters/x", exists: { _ in false }))
    let short = try document("base_model: {model: org/model@main, lora: x}").baseModel
    #expect(short?.text == "org/model@main+x")
  }

  @Test(arguments: [
    "a@b@c", "'a+'", "[a]", "5.5.5+", "{model: a@b@c}", "{model: ''}", "{model: {path: ''}}",
    "{model: {revision: x}}", "{lora: x}", "{model: {path: a, revison: x}}",
    "{model: {path: a, revision: [x]}}", "{model: a, lora: [x]}", "{modle: a}",
  ])
  func wrongReferencesHaveAPlace(text: String) {
    let found = faults("merge_method: linear\nmodels: [{model: a}]\nbase_model: \(text)\n")
    #expect(!found.isEmpty)
    for problem in found {
      #expect(problem.kind == .badConfiguration)
      #expect(problem.place?.hasPrefix("merge.yml:3:") == true, "\(problem)")
    }
  }

  @Test func modelsAreListedOnceInTheOrderOfTheFile() throws {
    let text = """
      merge_method: linear
      models: [{model: b}, {model: a}, {model: b}]
      base_model: c
      tokenizer:
        source: d
        tokens: {x: {source: e}, y: {source: {kind: model_token, model: a, token_id: 3}}}
      """
    #expect(try mergeConfig(text).documents[0].models.map(\.text) == ["b", "a", "c", "d", "e"])
  }
}
