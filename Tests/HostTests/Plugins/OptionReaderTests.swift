import PluginAPI
import Testing

struct OptionReaderTests {
  enum Mode: String, OptionChoice { case fast, exact }

  struct Inner: PluginOptions {
    @Setting("Rate.", in: 0.0...1) var learningRate = 0.5
  }

  struct Options: PluginOptions {
    @Setting("Count.", in: 1...) var sampleCount = 3
    @Setting("Weight.") var weight: Float = 0.25
    @Setting("Mode.") var mode = Mode.fast
    @Setting("Names.") var names: [String] = []
    @Setting("Optional.", in: 1...9) var limit: Int?
    @Setting("File.") var file: FilePath?
    @Section("Stage.") var stage = Inner()
  }

  private func read(_ entries: [(String, YAMLNode.Content)]) -> (Options, [Problem]) {
    var problems: [Problem] = []
    let nodes = entries.enumerated().map { index, entry in
      let mark = TextMark(source: "r.yaml", line: index + 1, column: 1)
      return YAMLEntry(key: entry.0, keyMark: mark, value: YAMLNode(entry.1, at: mark))
    }
    let node = YAMLNode(.mapping(nodes), at: TextMark(source: "r.yaml", line: 1, column: 1))
    let options = OptionReader.read(
      Options.self, from: node, into: &problems, OptionContext(folder: "/base"))
    return (options, problems)
  }

  private func scalar(_ text: String) -> YAMLNode.Content { .scalar(YAMLScalar(text)) }

  @Test func readsEveryKindOfValue() {
    let mark = TextMark(source: "r.yaml", line: 1, column: 1)
    let (options, problems) = read([
      ("sample_count", scalar("7")), ("weight", scalar("1e-2")), ("mode", scalar("exact")),
      ("names", .sequence([YAMLNode(scalar("a"), at: mark)])), ("limit", scalar("9")),
      ("file", scalar("data/x.jsonl")),
      (
        "stage",
        .mapping([
          YAMLEntry(
            key: "learning_rate", keyMark: mark, value: YAMLNode(scalar("0.25"), at: mark))
        ])
      ),
    ])
    #expect(problems.isEmpty)
    #expect(options.sampleCount == 7)
    #expect(options.weight == 0.01)
    #expect(options.mode == .exact)
    #expect(options.names == ["a"])
    #expect(options.limit == 9)
    #expect(options.file?.path == "/base/data/x.jsonl")
    #expect(options.stage.learningRate == 0.25)
  }

  @Test func reportsEveryFaultWithItsPlace() {
    let (options, problems) = read([
      ("sample_count", scalar("0")), ("weigth", scalar("1")), ("mode", scalar("exat")),
      ("limit", scalar("many")),
    ])
    #expect(problems.count == 4)
    #expect(problems.map(\.place) == ["r.yaml:1:1", "r.yaml:2:1", "r.yaml:3:1", "r.yaml:4:1"])
    #expect(problems[1].hint == "did you mean 'weight'?")
    #expect(problems[2].hint == "did you mean 'exact'?")
    #expect(options.sampleCount == 3, "what could not be read keeps its default")
  }

  @Test func readingOneDoesNotChangeAnother() {
    let (first, _) = read([("sample_count", scalar("7"))])
    let (second, _) = read([])
    #expect(first.sampleCount == 7)
    #expect(second.sampleCount == 3)
    var copy = first
    copy.sampleCount = 8
    #expect(first.sampleCount == 7, "copies are values")
  }

  @Test func describesDefaultsAndRanges() {
    let options = OptionReader.describe(Options())
    #expect(
      options.map(\.key) == [
        "sample_count", "weight", "mode", "names", "limit", "file", "stage.learning_rate",
      ])
    #expect(options[0].defaultText == "3")
    #expect(options[2].type == "one of fast, exact")
    #expect(options[4].defaultText == "none")
    #expect(options[0].range == "1...")
    #expect(options[4].range == "1...9")
    #expect(options[6].range == "0...1")
  }
}
