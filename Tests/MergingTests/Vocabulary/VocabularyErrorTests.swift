import Merging
import Testing

/// What is refused, and in which words.
struct VocabularyErrorTests {
  private func problem(
    _ models: VocabularyModels, _ override: TokenOverride, takesPart: Bool = true
  ) throws -> Problem? {
    planningProblem(
      VocabularyRequest(
        members: [
          try models.member("base", bpe(["a", "b"])),
          try models.member(
            "x", bpe(["a"], added: [addedToken("<|im_end|>", id: 1)]), takesPart: takesPart),
        ], baseIndex: 0, overrides: [override]))
  }

  @Test func aSourceMustHaveTheToken() throws {
    let models = try VocabularyModels()
    let override = TokenOverride(
      token: "<|im_ned|>", row: .model(1, token: .text("<|im_ned|>")), place: "c.yml:7:3")
    #expect(
      try problem(models, override)?.description
        == "c.yml:7:3: 'x', the source of token '<|im_ned|>', has no token '<|im_ned|>'; "
        + "did you mean '<|im_end|>'?")
  }

  @Test func aSourceMustTakePart() throws {
    let models = try VocabularyModels()
    let override = TokenOverride(
      token: "a", row: .model(1, token: .text("a")), place: "c.yml:7:3")
    #expect(
      try problem(models, override, takesPart: false)?.description
        == "c.yml:7:3: a token takes its row from 'x', which takes no part here; "
        + "expected one of 'base'")
  }

  @Test(arguments: [-1, 2, Int.max]) func aSourceIdMustBeARow(id: Int) throws {
    let models = try VocabularyModels()
    let override = TokenOverride(token: "a", row: .model(1, token: .id(id)), place: "c:1:1")
    #expect(
      try problem(models, override)?.description
        == "c:1:1: token_id \(id) of 'x'; expected 0 to 1")
  }

  @Test func aSourceTokenMustHaveARow() throws {
    let models = try VocabularyModels()
    let members = [try models.member("base", bpe(["a", "b"]), rows: 1, vocabularySize: 2)]
    let problem = planningProblem(
      VocabularyRequest(
        members: members, overrides: [TokenOverride(token: "a", row: .model(0, token: .text("b")))])
    )
    #expect(problem?.what == "token 'b' of 'base' has id 1, but the model has 1 rows")
  }

  @Test func listedTokensHaveTextAndComeOnce() throws {
    let models = try VocabularyModels()
    let members = [try models.member("base", bpe(["a"]))]
    func problem(_ overrides: [TokenOverride]) -> String? {
      planningProblem(VocabularyRequest(members: members, overrides: overrides))?.description
    }
    let twice = TokenOverride(token: "a", place: "c:9:1")
    #expect(problem([twice, twice]) == "c:9:1: token 'a' is listed twice; expected once")
    #expect(
      problem([TokenOverride(token: "", place: "c:8:1")]) == "c:8:1: a listed token has no text")
  }

  @Test(arguments: [0, -64, 1 << 21, Int.max]) func paddingHasBounds(multiple: Int) throws {
    let models = try VocabularyModels()
    let problem = planningProblem(
      VocabularyRequest(
        members: [try models.member("base", bpe(["a"]))], padToMultipleOf: multiple,
        place: "c:2:1"))
    #expect(
      problem?.description
        == "c:2:1: pad_to_multiple_of is \(multiple); expected 1 to 1048576")
  }

  @Test func indicesMustBeOfMembers() throws {
    let models = try VocabularyModels()
    let member = try models.member("base", bpe(["a"]))
    #expect(planningProblem(VocabularyRequest(members: [])) != nil)
    #expect(planningProblem(VocabularyRequest(members: [member], baseIndex: 1)) != nil)
    #expect(planningProblem(VocabularyRequest(members: [member], source: .model(-1))) != nil)
    let override = TokenOverride(token: "a", row: .model(7, token: .id(0)))
    #expect(planningProblem(VocabularyRequest(members: [member], overrides: [override])) != nil)
    var broken = member
    broken.rows = -1
    #expect(planningProblem(VocabularyRequest(members: [broken])) != nil)
  }

  // MARK: - Tokenizers

  @Test func aTokenizerThatCannotBeReadIsTakenToBeTheBases() throws {
    let models = try VocabularyModels()
    let members = [
      try models.member("base", bpe(["a", "b"])), try models.member("none", nil, rows: 2),
      try models.member("odd", ["model": ["type": "Tekken"]], rows: 1),
    ]
    let plan = try VocabularyPlan(VocabularyRequest(members: members, baseIndex: 0))
    #expect(plan.tokens == ["a", "b"])
    #expect(plan.isIdentity == [true, true, false])
    #expect(try plan.source(of: "b", in: 2) == .other(member: 0, row: 1), "beyond its rows")
    #expect(plan.report.members.map(\.isAssumed) == [false, true, true])
    let start = "the tokenizer of none cannot be read, so it is taken to have the tokenizer of base"
    #expect(plan.report.warnings.count == 2)
    #expect(plan.report.warnings[0].hasPrefix(start))
  }

  @Test func theBaseAndTheSourceNeedATokenizer() throws {
    let models = try VocabularyModels()
    let members = [try models.member("base", bpe(["a"])), try models.member("none", nil, rows: 1)]
    let asBase = planningProblem(VocabularyRequest(members: members, baseIndex: 1))
    #expect(asBase?.kind == .missingInput)
    #expect(asBase?.place?.hasSuffix("none/tokenizer.json") == true)
    let asSource = planningProblem(
      VocabularyRequest(members: members, baseIndex: 0, source: .model(1)))
    #expect(asSource?.kind == .missingInput)
    #expect(asSource?.hint?.contains("save_pretrained") == true)
  }

  @Test(arguments: [
    (#"{"a": 0, "b": 0}"#, "[]", "tokens 'a' and 'b' share id 0"),
    (#"{"a": 0}"#, #"[{"id": 0, "content": "<x>"}]"#, "tokens 'a' and '<x>' share id 0"),
    (
      #"{"a": 0}"#, #"[{"id": 1, "content": "<x>"}, {"id": 2, "content": "<x>"}]"#,
      "token '<x>' has two ids"
    ),
    (#"{"a": -1}"#, "[]", "id -1 of token 'a'"),
    (#"{"a": 16777216}"#, "[]", "id 16777216 of token 'a'"),
    (#"{"a": "0"}"#, "[]", "id of token 'a' is a string"),
    (#"{"a": 0.5}"#, "[]", "id of token 'a' is a number"),
    (#"{"a": 0}"#, #"[{"content": "<x>"}]"#, "id of token '<x>' is null"),
    (#"{"a": 0}"#, "[7]", "has no content"),
    (#"[["a"], ["b", 0], [1, 2]]"#, "[]", "is no piece"),
  ])
  func brokenIdsAreRefused(vocabulary: String, added: String, what: String) throws {
    let models = try VocabularyModels()
    let broken: JSON = [
      "added_tokens": try JSON.parse(added, source: "added"),
      "model": ["vocab": try JSON.parse(vocabulary, source: "vocabulary")],
    ]
    let members = [
      try models.member("base", bpe(["a"])), try models.member("x", broken, rows: 1),
    ]
    let problem = planningProblem(VocabularyRequest(members: members, baseIndex: 0))
    #expect(problem?.kind == .badData)
    #expect(problem?.what == what)
    #expect(problem?.place?.contains("x/tokenizer.json: ") == true)
  }
}
