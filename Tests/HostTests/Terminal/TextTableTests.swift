import Formats
import Testing

@testable import Host

struct TextTableTests {
  private let plain = TerminalSettings(isInteractive: false, hasColor: false, width: nil)

  private var table: TextTable {
    var table = TextTable([.init("model"), .init("mean score", key: "mean"), .init("n")])
    table.append([.text("目标 é"), .number(0.5, places: 3), .count(1200)])
    table.append([.text("source\u{1B}[31m"), .missing, .count(7)])
    return table
  }

  @Test func alignsNumbersRightAndCountsWideCharactersTwice() {
    #expect(
      table.rendered(plain) == """
        model        mean score      n
        -----------  ----------  -----
        目标 é            0.500  1,200
        source\u{FFFD}[31m           -      7

        """)
  }

  @Test func cutsTheWidestTextToTheTerminal() {
    var narrow = plain
    narrow.width = 28
    let lines = table.rendered(narrow).split(separator: "\n")
    #expect(lines[3] == "source\u{FFFD}[…           -      7")
    narrow.width = 5
    #expect(table.rendered(narrow).split(separator: "\n")[3].hasPrefix("source\u{FFFD}…"))
  }

  @Test func printsItsHeaderBold() {
    var bold = plain
    bold.hasColor = true
    #expect(table.rendered(bold).hasPrefix("\u{1B}[1mmodel"))
  }

  @Test func isAnArrayOfObjectsForPrograms() {
    #expect(
      table.json == [
        ["model": "目标 é", "mean": 0.5, "n": 1200],
        ["model": "source\u{1B}[31m", "mean": nil, "n": 7],
      ])
  }

  @Test func survivesBeingEmpty() {
    #expect(TextTable([]).rendered(plain) == "\n\n")
    #expect(TextTable([.init("a")]).rendered(plain) == "a\n-\n")
  }

  @Test(arguments: [
    ("", 0), ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("👍🏽", 2), ("❤\u{FE0F}", 2), ("한", 2),
    ("a\u{200B}b", 2), ("ﬁ", 1),
  ])
  func knowsColumns(text: String, columns: Int) {
    #expect(DisplayWidth.columns(text) == columns)
  }

  @Test(arguments: [("abcdef", 4, "abc…"), ("日本語", 4, "日…"), ("ab", 2, "ab"), ("ab", 0, "")])
  func cutsWithAnEllipsis(text: String, width: Int, cut: String) {
    #expect(DisplayWidth.truncated(text, to: width) == cut)
  }
}
