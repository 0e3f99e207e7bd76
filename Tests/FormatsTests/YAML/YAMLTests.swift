import Formats
import Kernels
import Testing

private func parse(_ text: String) throws -> YAMLNode { try YAML.parse(text, source: "r.yaml") }

private func refusal(_ text: String) -> String {
  let (node, problems) = YAML.read(text, source: "r.yaml")
  return problems.isEmpty
    ? "accepted \(String(describing: node))" : problems.map(\.description).joined(separator: "\n")
}

struct YAMLTests {
  @Test func keepsPlacesAndTypes() throws {
    let node = try parse("a: 1\nb:\n  - x\n  - {c: 3.0e-7, d: 'true'}\n")
    #expect(node["a"]?.int == 1 && node["b"]?.sequence?[0].string == "x")
    #expect(node["b"]?.sequence?[1]["c"]?.double == 3.0e-7)
    #expect(node["b"]?.sequence?[1]["d"]?.bool == nil)
    #expect(node["b"]?.sequence?[1]["d"]?.place == "r.yaml:4:20")
    #expect(node.mapping?[1].keyMark == TextMark(source: "r.yaml", line: 2, column: 1))
  }

  @Test(arguments: [
    ("1e-3", 0.001), ("1e-5", 1e-5), ("3.0e-7", 3e-7), ("1E5", 1e5), (".5", 0.5), ("-2", -2),
    ("0x10", 16), ("010", 10), ("+1.5", 1.5),
  ])
  func readsNumbersAsPeopleWriteThem(text: String, value: Double) throws {
    #expect(try parse("k: \(text)")["k"]?.double == value)
    #expect(try parse("k: '\(text)'")["k"]?.double == nil)
  }

  @Test func readsNullsAndEmptyDocuments() throws {
    #expect(try parse("").isNull && parse("# only a comment\n").isNull)
    #expect(try parse("k:\n")["k"]?.isNull == true && parse("k: ~")["k"]?.isNull == true)
    #expect(try parse("k: ''")["k"]?.string == "")
    #expect(try parse("\u{FEFF}k: 1")["k"]?.int == 1)
  }

  @Test func followsAnchorsAndMergeKeys() throws {
    let node = try parse(
      """
      base: &base {a: 1, b: 2}
      more: &more {b: 3, c: 4}
      one: {<<: *base, b: 9}
      two: {<<: [*base, *more]}
      same: *base
      """)
    #expect(node["one"]?.json == ["a": 1, "b": 9])
    #expect(node["two"]?.json == ["a": 1, "b": 2, "c": 4])
    #expect(node["same"]?.place == "r.yaml:1:7")
  }

  @Test(arguments: [
    ("a: 1\n\tb: 2\n", "r.yaml:2:1", "indent with spaces"),
    ("a: 1\n---\nb: 2\n", "r.yaml:2:1", "a second document"),
    ("a: *x", "r.yaml:1:4", "no anchor &x"),
    ("base: &base 1\nb: *bsae", "2:4", "did you mean *base"),
    ("a: &a\n  <<: *a", "r.yaml:2:7", "inside the node it names"),
    ("a: &a [*a]", "r.yaml:1:8", "inside the node it names"),
    (
      "a: !!python/object:os.system x", "r.yaml:1:4", "'!!python/object:os.system' is not supported"
    ),
    ("a: !local x", "r.yaml:1:4", "'!local' is not supported"),
    ("? [a, b]\n: 1", "r.yaml:1:3", "a key is a list"),
    ("a: 1\nb: 2\na: 3\n", "r.yaml:3:1", "'a' comes twice, first at line 1"),
    ("<<: 3", "r.yaml:1:5", "'<<' merges the number 3"), ("a: [1, 2", "r.yaml:2:1", "YAML:"),
    ("a: b: c", "r.yaml:1:5", "put it in quotes"), ("a: \"\\q\"", "r.yaml:1:5", "YAML:"),
  ])
  func refusesWithTheirPlace(text: String, place: String, expected: String) {
    let found = refusal(text)
    #expect(found.contains(place) && found.contains(expected), "\(found)")
  }

  @Test func reportsAllKeysThatComeTwiceAtOnce() {
    let found = refusal("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    #expect(found.contains("r.yaml:2:1") && found.contains("r.yaml:3:11"))
    #expect(YAML.read("a: 1\na: 2\n", source: "r").node?["a"]?.int == 1)
  }

  @Test func refusesInvalidUTF8() {
    let bytes: [UInt8] = [0x61, 0x3A, 0x0A, 0x20, 0xFF]
    let problems = bytes.withUnsafeBytes { YAML.read($0, source: "r.yaml").problems }
    #expect(problems.first?.description.contains("r.yaml:2:2: the text is not UTF-8") == true)
    #expect(problems.first?.kind == .badConfiguration)
  }

  @Test func limitsDepthNodesAndAliases() {
    #expect(refusal(String(repeating: "[", count: 100_000)).contains("deeper than 64"))
    let list = "[" + String(repeating: "1,", count: 100_001) + "]"
    #expect(refusal(list).contains("more than 100000 nodes"))
    let aliases = "a: &a 1\nb: [" + String(repeating: "*a, ", count: 101) + "]"
    #expect(refusal(aliases).contains("more than 100 aliases"))
  }

  @Test func defusesAliasBombs() {
    var bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    for level in 1..<10 {
      let part = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
      bomb += "a\(level): &a\(level) [\(part)]\n"
    }
    #expect(refusal(bomb).contains("more than 100000 nodes"))
    var deep = "a0: &a0 1\n"
    for level in 1..<80 { deep += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(refusal(deep).contains("nested deeper than 64 through alias"))
  }

  @Test func warnsOfSurprisingScalars() throws {
    let node = try parse("a: no\nb: 010\nc: 1e-3\nd: 'no'\ne: 12:30\nf: norm\n")
    let warnings = node.surprises
    #expect(warnings.count == 3)
    #expect(warnings[0].contains("r.yaml:1:4: no is text here; write false"))
    #expect(warnings[1].contains("010 is the decimal number 10"))
    #expect(node["a"]?.found.contains("write false") == true)
  }

  @Test func writesWhatReadsBackTheSame() throws {
    let node = try parse(
      """
      name: quickstart-wrpo
      text: "true"
      note: 'a: b # c'
      odd: ["", " x", "no", "010", "é", "line\\nbreak", "-", "- a", "...", "null"]
      list: [1, 2.5, 1e-5, true, null, [], {}, [[1], [2, {a: 1}]]]
      nested: [{a: 1, b: {c: [x]}}, {d: []}]
      "key: odd": {}
      "1": one
      """)
    let text = node.serialized()
    let back = try YAML.parse(text, source: "w")
    #expect(back.json == node.json && back.json.object?.keys == node.json.object?.keys)
    #expect(back.serialized() == text)
    #expect(text.hasPrefix("name: quickstart-wrpo\ntext: \"true\"\nnote: \"a: b # c\"\n"))
    #expect(text.contains("nested:\n  - a: 1\n    b:\n      c:\n        - x\n  - d: []\n"))
  }

  @Test func turnsJSONIntoNodesAndBack() throws {
    let json: JSON = ["a": [1, 2.5, "x", "1", true, nil], "b": ["c": [:]]]
    let node = YAMLNode(json, at: TextMark(source: "s", line: 1, column: 1))
    #expect(node.json == json)
    #expect(try YAML.parse(node.serialized(), source: "s").json == json)
  }

  @Test func neverTrapsOnDamagedText() {
    let text = Array(
      "a: &x {b: [1, 'two', \"t\\u00e9\"], <<: {c: |\n  d\n}}\ne: *x # é\n? f\n: !!str 1\n".utf8)
    for end in text.indices { check(Array(text[..<end])) }
    for index in text.indices {
      for byte: UInt8 in [0, 9, 0x21, 0x26, 0x2A, 0x2D, 0x3A, 0x5B, 0x7B, 0x7C, 0x80, 0xFF] {
        var damaged = text
        damaged[index] = byte
        check(damaged)
      }
    }
  }

  private func check(_ bytes: [UInt8]) {
    let result = bytes.withUnsafeBytes { YAML.read($0, source: "d") }
    #expect(result.node != nil || !result.problems.isEmpty)
  }
}

struct YAMLOverrideTests {
  private func apply(_ text: String, to yaml: String) throws -> JSON {
    var node = try parse(yaml)
    try YAMLOverride(text).apply(to: &node)
    return node.json
  }

  @Test(arguments: [
    (
      "fusion.alpha=0.2", "fusion: {alpha: 0.1, beta: 1}", "{\"fusion\":{\"alpha\":0.2,\"beta\":1}}"
    ),
    (
      "sources.1.name=x", "sources: [a, {model: b}]",
      "{\"sources\":[\"a\",{\"model\":\"b\",\"name\":\"x\"}]}"
    ),
    ("sources[0]=z", "sources: [a, b]", "{\"sources\":[\"z\",\"b\"]}"),
    ("train.betas=[0.9, 0.95]", "name: x", "{\"name\":\"x\",\"train\":{\"betas\":[0.9,0.95]}}"),
    ("a.b=", "a:", "{\"a\":{\"b\":null}}"), ("a='1=2'", "a: 1", "{\"a\":\"1=2\"}"),
  ])
  func putsValuesAtPaths(text: String, yaml: String, wanted: String) throws {
    #expect(try apply(text, to: yaml).serialized() == wanted)
  }

  @Test(arguments: [
    ("a", "no '='"), ("a..b=1", "an empty part"), ("=1", "an empty part"), ("l.7=1", "which has 2"),
    ("l.x=1", "no entry of the list"), ("s.x=1", "leads into the text 'v'"), ("s=[1", "YAML:"),
  ])
  func refuses(text: String, saying expected: String) {
    let found = message { _ = try apply(text, to: "l: [1, 2]\ns: v\n") }
    #expect(found.contains(expected) && found.contains("--set \(text)"), "\(found)")
  }
}
