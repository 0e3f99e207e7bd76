import Testing

@testable import Host

struct TextWrapTests {
  @Test func breaksAtSpaces() {
    #expect(TextWrap.lines("one two three", width: 7) == ["one two", "three"])
    #expect(TextWrap.lines("  one\n two ", width: 80) == ["one two"])
    #expect(TextWrap.lines("", width: 5) == [""])
  }

  @Test func cutsWordsThatDoNotFit() {
    #expect(TextWrap.lines("a abcdefgh b", width: 3) == ["a", "abc", "def", "gh", "b"])
    #expect(TextWrap.lines("日本語", width: 4) == ["日本", "語"])
    #expect(TextWrap.lines("abc", width: 0) == ["a", "b", "c"])
  }

  @Test func columnsAreWrappedSideBySide() {
    let columns = WrappedColumns(
      rows: [["key", "a long type", "words that fill the last column"]], limits: [8, 6], width: 35)
    #expect(
      columns.rendered() == [
        "key  a long  words that fill the",
        "     type    last column",
      ])
  }
}
