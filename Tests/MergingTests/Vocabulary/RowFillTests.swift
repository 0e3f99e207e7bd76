import Merging
import Testing

/// Which row each model gets for each token.
struct RowFillTests {
  /// `base` has s, b; `x` has s, x, y, q; `z` has s, y, q and more rows than tokens.
  private func members(_ models: VocabularyModels) throws -> [VocabularyMember] {
    [
      try models.member("base", bpe(["s", "b", "q"])),
      try models.member("x", bpe(["x", "s", "y", "q"])),
      try models.member("z", bpe(["y", "s", "q"]), rows: 5),
    ]
  }

  @Test func tokensHaveTheirOwnRowOrTheFill() throws {
    let models = try VocabularyModels()
    var members = try members(models)
    members[0] = try models.member("base", bpe(["s", "b", "n"]))
    members.append(try models.member("w", bpe(["s", "n"])))
    let plan = try VocabularyPlan(VocabularyRequest(members: members, baseIndex: 0))
    #expect(plan.tokens == ["s", "b", "n", "x", "y", "q"])
    func sources(_ token: String) throws -> [RowSource] {
      try members.indices.map { try plan.source(of: token, in: $0) }
    }
    #expect(try sources("s") == [.own(0), .own(1), .own(1), .own(0)])
    let fromBase = RowSource.other(member: 0, row: 1)
    #expect(try sources("b") == [.own(1), fromBase, fromBase, fromBase], "one model has it")
    let second = RowSource.other(member: 0, row: 2)
    #expect(try sources("n") == [.own(2), second, second, .own(1)], "the base and another")
    let mean = RowSource.mean([MemberRow(member: 1, row: 2), MemberRow(member: 2, row: 0)])
    #expect(try sources("y") == [mean, .own(2), .own(0), mean], "two that are not the base")
    #expect(
      plan.report.members.map(\.missing) == [3, 2, 3, 4])
    #expect(plan.report.members[3].filledWithMean.first == ["y", "q"])
    #expect(plan.report.members[2].filledFromBase.first == ["n"])
    #expect(plan.report.members[2].filledFromOneModel.first == ["b", "x"])
  }

  @Test func aBaseThatIsNoInputLendsNoRows() throws {
    let models = try VocabularyModels()
    var members = try members(models)
    members[0].takesPart = false
    members.append(try models.member("w", bpe(["s"])))
    let plan = try VocabularyPlan(VocabularyRequest(members: members, baseIndex: 0))
    #expect(plan.alignment.inputs == [1, 2, 3])
    #expect(try plan.source(of: "b", in: 1) == .zero, "no input has it")
    let mean = RowSource.mean([MemberRow(member: 1, row: 3), MemberRow(member: 2, row: 2)])
    #expect(try plan.source(of: "q", in: 3) == mean)
    #expect(
      plan.report.warnings == ["1 tokens have a row in none of the models and get zeros: 'b'"])
  }

  @Test func idsBeyondTheRowsCountAsAbsent() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a", "b"])),
          models.member("x", bpe(["b", "a"]), rows: 1, vocabularySize: 2),
        ], baseIndex: 0))
    #expect(try plan.source(of: "a", in: 1) == .other(member: 0, row: 0))
    #expect(try plan.source(of: "b", in: 1) == .own(0))
  }

  @Test func listedTokensAreFilledAsTheySay() throws {
    let models = try VocabularyModels()
    let members = try members(models)
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: members, baseIndex: 0,
        overrides: [
          TokenOverride(token: "b", row: .zero),
          TokenOverride(token: "s", row: .model(1, token: .text("y")), isForced: true),
          TokenOverride(token: "x", row: .model(2, token: .id(4))),
          TokenOverride(token: "q", isForced: true),
          TokenOverride(token: "<new>", row: .model(0, token: .text("b"))),
        ]))
    func sources(_ token: String) throws -> [RowSource] {
      try members.indices.map { try plan.source(of: token, in: $0) }
    }
    #expect(try sources("b") == [.own(1), .zero, .zero])
    let y = RowSource.other(member: 1, row: 2)
    #expect(try sources("s") == [y, .own(2), y], "forced on all models")
    #expect(try sources("x") == [.other(member: 2, row: 4), .own(0), .own(4)])
    let q = RowSource.other(member: 0, row: 2)
    #expect(try sources("q") == [.own(2), q, q], "forced, by the general rules")
    let b = RowSource.other(member: 0, row: 1)
    #expect(try sources("<new>") == [.own(1), b, b])
    #expect(plan.report.members[1].filledAsConfigured.first == ["b", "<new>"])
  }

  @Test func aForcedTokenWithoutBaseIsTheMeanOfAll() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: try members(models), overrides: [TokenOverride(token: "s", isForced: true)]))
    let rows = [0, 1, 1].enumerated().map { MemberRow(member: $0.offset, row: $0.element) }
    #expect(
      try (0..<3).map { try plan.source(of: "s", in: $0) } == [
        .mean(rows), .mean(rows), .mean(rows),
      ])
  }

  @Test func unusedIdsAndPaddingAreFilledWithTheMean() throws {
    let models = try VocabularyModels()
    let member = try models.member("base", bpe(["a", "b"], added: [addedToken("<x>", id: 4)]))
    let plan = try VocabularyPlan(
      VocabularyRequest(members: [member], source: .base, padToMultipleOf: 4))
    #expect(plan.tokens == ["a", "b", nil, nil, "<x>"])
    #expect(plan.rowCount == 8)
    let sources = (0..<8).map { plan.alignment.source(of: $0, in: 0) }
    #expect(
      sources == [
        .own(0), .own(1), .padding, .padding, .own(4), .padding, .padding, .padding,
      ])
    #expect(plan.report.paddingRows == 5)
  }

  @Test func knowsWhichModelsNeedNoRebuilding() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: [
          models.member("base", bpe(["a", "b"])), models.member("same", bpe(["a", "b"])),
          models.member("tall", bpe(["a", "b"]), rows: 3),
          models.member("turned", bpe(["b", "a"])),
          models.member("aside", bpe(["a", "b"]), takesPart: false),
        ], baseIndex: 0))
    #expect(plan.isIdentity == [true, true, false, false, false])
    #expect(plan.report.members.map(\.isIdentity) == [true, true, false, false])
  }

  /// With slices the embedding has other inputs than the head.
  @Test func tensorsOfSomeModelsAreFilledFromThoseOnly() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(
      VocabularyRequest(
        members: try members(models), baseIndex: 0,
        overrides: [TokenOverride(token: "x", row: .model(1, token: .text("x")), place: "c:1:2")]))
    let head = try plan.alignment(of: [1, 2])
    #expect(head.inputs == [1, 2])
    #expect(head.source(of: try plan.id("b"), in: 1) == .zero)
    #expect(head.source(of: try plan.id("x"), in: 2) == .other(member: 1, row: 0))
    let problem = #expect(throws: Problem.self) { try plan.alignment(of: [0, 2]) }
    #expect(problem?.place == "c:1:2")
    #expect(problem?.what == "a token takes its row from 'x', which takes no part here")
  }

  @Test func aModelThatIsThereTwiceCountsOnce() throws {
    let models = try VocabularyModels()
    let plan = try VocabularyPlan(VocabularyRequest(members: try members(models)))
    let twice = try plan.alignment(of: [1, 2, 1])
    #expect(twice.source(of: try plan.id("x"), in: 2) == .other(member: 1, row: 0))
    let tensors = [4, 5, 4].map { Tensor(zeros: [$0, 2]) }
    #expect(try RebuiltRows(twice, tensors: tensors, name: "e").rowElements == 2)
  }

  /// A list of pieces may hold a piece twice; the models' rows still meet.
  @Test func aPieceThatComesTwiceKeepsBothRows() throws {
    let models = try VocabularyModels()
    let pieces: JSON = [
      "model": ["type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["p", -1], ["p", -2]]]
    ]
    let plan = try VocabularyPlan(
      VocabularyRequest(members: [models.member("a", pieces), models.member("b", pieces)]))
    #expect(plan.isIdentity == [true, true])
  }
}
