import Merging
import Testing

/// Which tokens the output has, and under which ids.
struct OutputVocabularyTests {
  @Test func unionAppendsOrdinaryTokensThenAddedOnes() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("other", bpe(["b", "x"], added: [addedToken("<o>", id: 2)])),
          models.member("base", bpe(["a", "b"], added: [addedToken("<b>", id: 2)])),
          models.member(
            "third",
            bpe(["z", "x", "y"], added: [addedToken("<o>", id: 3), addedToken("<t>", id: 4)])),
        ], baseIndex: 1))
    #expect(plan.tokens == ["a", "b", "<b>", "x", "z", "y", "<o>", "<t>"])
    #expect(plan.rowCount == 8)
    #expect(plan.report.members.map(\.added.first) == [["x", "<o>"], [], ["z", "y", "<t>"]])
  }

  @Test func withoutBaseTheFirstModelLendsItsTokenizer() throws {
    let models = try VocabularyModels()
    let members = [
      try models.member("one", bpe(["a", "b"])), try models.member("two", bpe(["c", "a"])),
    ]
    let plan = try VocabularyPlan(VocabularyRequest(members: members, source: .base))
    #expect(plan.tokens == ["a", "b"])
    #expect(plan.report.members[1].dropped.first == ["c"])
  }

  @Test func unionIgnoresIdsBeyondTheModelsOwnVocabulary() throws {
    let models = try VocabularyModels()
    let added = [addedToken("<in>", id: 2), addedToken("<out>", id: 5)]
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a"])),
          models.member("x", bpe(["a", "b"], added: added), rows: 6, vocabularySize: 4),
          models.member("y", bpe(["a", "q", "r"]), rows: 3, vocabularySize: 2),
        ], baseIndex: 0))
    #expect(plan.tokens == ["a", "b", "q", "<in>"])
  }

  @Test func ordinaryTokensBecomePlainAddedOnes() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [models.member("base", bpe(["a"])), models.member("x", bpe(["a", "word"]))]))
    let written = try JSON.parse(file: try models.write(plan) + "/tokenizer.json")
    #expect(written["added_tokens"] == [addedToken("word", id: 1, special: false)])
    #expect(written["model"]?["vocab"] == ["a": 0], "the model of the base stays")
  }

  @Test func theFirstModelsFlagsCountAndTheOthersAreToldOf() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a"])),
          models.member("x", bpe(["a"], added: [addedToken("<t>", id: 1, lstrip: true)])),
          models.member("y", bpe(["a"], added: [addedToken("<t>", id: 1)])),
        ]))
    let written = try JSON.parse(file: try models.write(plan) + "/tokenizer.json")
    #expect(written["added_tokens"] == [addedToken("<t>", id: 1, lstrip: true)])
    #expect(
      plan.report.warnings == [
        "token '<t>' has other settings in y than in x, whose settings count"
      ])
  }

  /// A token that is text to the base and special to another model becomes special, in place.
  @Test func anOrdinaryTokenOfTheBaseKeepsItsIdWhenItBecomesSpecial() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a", "<t>", "b"])),
          models.member("x", bpe(["a"], added: [addedToken("<t>", id: 1)])),
        ]))
    #expect(plan.tokens == ["a", "<t>", "b"])
    let output = try Tokenizer.load(directory: try models.write(plan))
    #expect(output.specialIDs == [1])
    #expect(try output.encode("a<t>b").ids == [0, 1, 2])
  }

  @Test func aTokenThatIsSpecialAnywhereIsNotAddedAsText() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a"])), models.member("x", bpe(["a", "<t>", "w"])),
          models.member("y", bpe(["a"], added: [addedToken("<t>", id: 1)])),
        ]))
    #expect(plan.tokens == ["a", "w", "<t>"])
    #expect(try Tokenizer.load(directory: try models.write(plan)).specialIDs == [2])
  }

  /// Swift calls `é` in one scalar and in two equal; vocabularies hold both.
  @Test func canonicallyEquivalentTokensStayTwo() throws {
    let models = try VocabularyModels()
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a"])),
          models.member("x", bpe(["a", composed, decomposed])),
        ]))
    #expect(plan.tokens.map { $0?.utf8.count } == [1, 2, 3])
    let output = try Tokenizer.load(directory: try models.write(plan))
    #expect(output.id(of: composed) == 1)
    #expect(output.id(of: decomposed) == 2)
  }

  @Test func listedTokensThatNoModelHasAreAppended() throws {
    let models = try VocabularyModels()
    let members = [
      try models.member("base", bpe(["a"], added: [addedToken("<|im_start|>", id: 1)]))
    ]
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: members, baseIndex: 0, source: .base,
        overrides: [
          TokenOverride(token: "<new>"), TokenOverride(token: "a"),
          TokenOverride(token: "<|im_strat|>", row: .zero, place: "c.yml:3:5"),
        ]))
    #expect(plan.tokens == ["a", "<|im_start|>", "<new>", "<|im_strat|>"])
    #expect(plan.report.appended.first == ["<new>", "<|im_strat|>"])
    #expect(
      plan.report.warnings.first
        == "c.yml:3:5: token '<|im_strat|>' is in no tokenizer and is added; "
        + "did you mean '<|im_start|>'?")
  }

  @Test func piecesAndWordPiecesUniteToo() throws {
    let models = try VocabularyModels()
    let unigram: JSON = [
      "added_tokens": [addedToken("<s>", id: 0)],
      "model": [
        "type": "Unigram", "unk_id": 0, "vocab": [["<s>", 0], ["▁a", -1.5], ["b", -2.25]],
      ],
    ]
    let wordPiece: JSON = [
      "added_tokens": [],
      "model": ["type": "WordPiece", "unk_token": "b", "vocab": ["b": 0, "##c": 1]],
    ]
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [models.member("base", unigram), models.member("x", wordPiece)]))
    #expect(plan.tokens == ["<s>", "▁a", "b", "##c"])
    let folder = try models.write(plan)
    #expect(try Tokenizer.load(directory: folder).id(of: "##c") == 3)
    let written = try JSON.parse(file: folder + "/tokenizer.json")
    #expect(written["model"] == unigram["model"])
  }

  @Test(arguments: [(nil, 3), (1, 3), (2, 4), (3, 3), (64, 64)])
  func paddingRoundsTheRowsUp(multiple: Int?, rows: Int) throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [models.member("base", bpe(["a", "b", "c"]))], padToMultipleOf: multiple))
    #expect(plan.rowCount == rows)
    #expect(plan.report.paddingRows == rows - 3)
  }
}
