import Foundation
import Formats
import Kernels
import Testing

struct JSONLinesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func refusal(_ text: String, lineLimit: Int = 1000) throws -> String {
    let path = try folder.file("f.jsonl", text)
    return message { _ = try JSONLines.read(path: path, lineLimit: lineLimit) }
  }

  @Test func toleratesMarksCarriageReturnsAndEmptyLines() throws {
    let path = try folder.file("f.jsonl", "\u{FEFF}{\"a\": 1}\r\n\r\n  \n[2]\r\n3")
    let lines = try JSONLines.read(path: path)
    #expect(
      lines == [
        JSONLine(line: 1, value: ["a": 1]), JSONLine(line: 4, value: [2]),
        JSONLine(line: 5, value: 3),
      ])
    #expect(try JSONLines.read(path: try folder.file("e.jsonl", "")).isEmpty)
  }

  @Test func saysLineAndColumn() throws {
    #expect(try refusal("1\n{\"a\": x}\n").contains("f.jsonl:2:7: 'x' is no JSON value"))
    #expect(try refusal("{\"k\": 1, \"k\": 2}\n").contains("f.jsonl:1:1: key 'k' comes twice"))
    #expect(try refusal("1\n{\"a\": ").contains("f.jsonl:2:7"))
    #expect(try refusal("1\n{\"a\": ").contains("it was cut off"))
    #expect(
      try refusal("1\n[" + String(repeating: "1,", count: 600) + "1]\n").contains(
        "f.jsonl:2: a line of"))
    #expect(
      message { _ = try JSONLines.read(path: "\(folder.path)/none") }.contains("No such file"))
  }

  @Test func saysHowToConvertOtherFormats() throws {
    #expect(try refusal("PAR1....").contains("this looks like a Parquet file; expected JSON text"))
    #expect(try refusal("PAR1....").contains("read_parquet"))
    #expect(try refusal("ARROW1..").contains("datasets.Dataset.from_file"))
    let path = try folder.file("c.json", [0x50, 0x4B, 3, 4, 0])
    #expect(message { _ = try JSON.parse(file: path) }.contains("a zip archive"))
  }

  @Test func readsAJournalUpToItsTornLine() throws {
    let path = try folder.file("j.jsonl", "{\"a\":1}\n{\"b\":")
    let journal = try JSONLines.readJournal(path: path)
    #expect(journal.lines.map(\.value) == [["a": 1]] && journal.tornBytes == 5)
  }

  @Test func appendsAndRepairs() throws {
    let path = "\(folder.path)/w.jsonl"
    try JSONLinesWriter(path: path).append(["text": "line\nbreak"])
    let handle = try #require(FileHandle(forWritingAtPath: path))
    handle.seekToEndOfFile()
    handle.write(Data("{\"torn".utf8))
    try handle.close()
    let writer = try JSONLinesWriter(path: path)
    #expect(writer.droppedBytes == 6)
    try writer.append([2])
    try writer.sync()
    #expect(try JSONLines.read(path: path).map(\.value) == [["text": "line\nbreak"], [2]])
  }
}
