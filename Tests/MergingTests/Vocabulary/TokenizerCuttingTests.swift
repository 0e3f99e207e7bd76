import Merging
import Testing

/// A base tokenizer with tokens that the model has no rows for.
struct TokenizerCuttingTests {
  /// Two tokens of the model and one added token lie beyond vocab_size 4.
  private func tall(_ models: VocabularyModels) throws -> VocabularyMember {
    let merges = [["a", "b"], ["ab", "c"], ["c", "abc"], ["b", "c"]]
    var tokenizer = bpe(
      ["a", "b", "c", "ab", "abc", "cabc"], added: [addedToken("<x>", id: 6)], merges: merges)
    tokenizer["model"]?["merges"] = ["a b", ["ab", "c"], ["c", "abc"]]
    return try models.member(
      "base", tokenizer, rows: 4, vocabularySize: 4,
      config: [
        "eos_token": "<x>", "bos_token": "a", "pad_token": ["content": "abc"],
        "additional_special_tokens": ["<x>", "a"], "extra_special_tokens": ["role_token": "<x>"],
        "added_tokens_decoder": ["6": ["content": "<x>"]], "model_max_length": 7,
      ])
  }

  @Test func takesTokensAndTheirMergesOut() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(VocabularyRequest(members: [tall(models)], source: .base))
    #expect(plan.tokens == ["a", "b", "c", "ab"])
    #expect(plan.report.removed.first == ["abc", "cabc", "<x>"])
    let folder = try models.write(plan)
    let written = try JSON.parse(file: folder + "/tokenizer.json")
    #expect(written["model"]?["merges"] == ["a b"])
    #expect(written["added_tokens"] == [])
    #expect(try Tokenizer.load(directory: folder).encode("abc").ids == [3, 2])
  }

  /// Readers append tokens that only the settings name.
  @Test func takesTokensOutOfTheSettings() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(VocabularyRequest(members: [tall(models)], source: .base))
    let written = try JSON.parse(file: try models.write(plan) + "/tokenizer_config.json")
    #expect(
      written == [
        "bos_token": "a", "additional_special_tokens": ["a"], "extra_special_tokens": [:],
        "added_tokens_decoder": [:], "model_max_length": 7,
      ])
  }

  @Test func anotherModelMayBringARemovedTokenBack() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          tall(models), models.member("x", bpe(["a"], added: [addedToken("<x>", id: 1)])),
        ], baseIndex: 0))
    #expect(plan.tokens == ["a", "b", "c", "ab", "<x>"])
    let written = try JSON.parse(file: try models.write(plan) + "/tokenizer_config.json")
    #expect(written["eos_token"] == "<x>")
    #expect(written["added_tokens_decoder"]?["4"]?["content"] == "<x>")
    #expect(written["added_tokens_decoder"]?.object?.count == 1)
  }

  @Test func onlyBPECanBeCut() throws {
    let models = try VocabularyModels()
    var tokenizer = bpe(["a", "b"])
    tokenizer["model"]?["type"] = "WordPiece"
    let member = try models.member("base", tokenizer, rows: 1, vocabularySize: 1)
    let problem = planningProblem(VocabularyRequest(members: [member]))
    #expect(problem?.kind == .badData)
    #expect(problem?.what == "1 tokens have ids beyond vocab_size 1, the first is 'b'")
    #expect(problem?.place?.hasSuffix("base/tokenizer.json") == true)
  }

  @Test func addedTokensCanBeCutFromAnyTokenizer() throws {
    let models = try VocabularyModels()
    var tokenizer = bpe(["a", "b"], added: [addedToken("<x>", id: 2)])
    tokenizer["model"]?["type"] = "WordPiece"
    let member = try models.member("base", tokenizer, rows: 2, vocabularySize: 2)
    let plan = try VocabularyPlan(VocabularyRequest(members: [member], source: .base))
    #expect(plan.tokens == ["a", "b"])
  }

  @Test func aModelAsSourceIsLeftUntouched() throws {
    let models = try VocabularyModels()
    let member = try tall(models)
    let plan = try VocabularyPlan(
      VocabularyRequest(members: [member], baseIndex: 0, source: .model(0)))
    #expect(plan.tokens == ["a", "b", "c", "ab", "abc", "cabc", "<x>"])
    #expect(
      plan.files.map(\.content) == [
        .copy(member.directory + "/tokenizer.json"),
        .copy(member.directory + "/tokenizer_config.json"),
      ])
    // Their ids lie beyond the model's rows: nobody has them.
    #expect(try plan.source(of: "<x>", in: 0) == .zero)
    #expect(plan.report.warnings.count == 1)
  }
}
