import Foundation
import Kernels
import Testing

@testable import Host

struct MetricsWriterTests {
  /// A writer whose clock stands still, so that equal runs give equal bytes.
  private func writer(_ folder: String, files: any FileLayer = LocalFiles()) throws -> MetricsWriter
  {
    try MetricsWriter(folder: folder, files: files) { 1_000_000 }
  }

  private func write(_ steps: ClosedRange<Int>, of stage: String, to writer: MetricsWriter) throws {
    for step in steps {
      try writer.write(stage: stage, step: step, [("loss", 1 / Double(step)), ("margins", 2)])
    }
  }

  private func lines(_ folder: String) throws -> [String] {
    let bytes = try LocalFiles.read(folder + "/metrics.jsonl") ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func events(_ folder: String) throws -> [TensorBoardEvent] {
    let names = LocalFiles.names(in: folder).filter { $0.hasPrefix(EventFile.namePrefix) }
    #expect(names.count == 1)
    return EventFile.events(try LocalFiles.read(folder + "/" + (names.first ?? "")) ?? [])
  }

  @Test func writesOneObjectALine() throws {
    try withTemporaryFolder { folder in
      let writer = try writer(folder)
      try writer.write(
        stage: "sft", step: 1, [("loss", 0.5), ("learning_rate", 1e-6), ("step", 9)])
      try writer.write(stage: "sft", step: 2, [("loss", .nan), ("grad_norm", 3)])
      #expect(
        try lines(folder) == [
          #"{"stage":"sft","step":1,"loss":0.5,"learning_rate":1e-06}"#,
          #"{"stage":"sft","step":2,"loss":null,"grad_norm":3.0}"#,
        ])
      let events = try events(folder)
      #expect(events.map(\.step) == [0, 1, 2])
      #expect(events[0].fileVersion == "brain.Event:2")
      #expect(events[1].scalars.first == .init(tag: "sft/loss", value: 0.5))
    }
  }

  @Test func aResumedStageForgetsLaterSteps() throws {
    try withTemporaryFolder { folder in
      let first = try writer(folder)
      try write(1...4, of: "sft", to: first)
      try write(1...7, of: "wrpo", to: first)
      let unbroken = try lines(folder)
      let second = try writer(folder)
      try second.begin(stage: "wrpo", after: 5)
      #expect(try lines(folder) == Array(unbroken.prefix(9)))
      try write(6...7, of: "wrpo", to: second)
      #expect(try lines(folder) == unbroken)
      let events = try events(folder)
      #expect(events.map(\.step) == [0] + Array(1...4) + Array(1...7))
      #expect(events.last?.scalars.first?.tag == "wrpo/loss")
    }
  }

  @Test func aStageBegunAgainStartsEmpty() throws {
    try withTemporaryFolder { folder in
      let writer = try writer(folder)
      try write(1...3, of: "a/b", to: writer)
      try writer.begin(stage: "a/b")
      #expect(try lines(folder) == [])
      #expect(try events(folder).count == 1)
    }
  }

  @Test(arguments: 1...60)
  func cutsOffHalfALine(missing: Int) throws {
    try withTemporaryFolder { folder in
      try write(1...2, of: "sft", to: writer(folder))
      let path = folder + "/metrics.jsonl"
      let content = try #require(try LocalFiles.read(path))
      try LocalFiles().writeAtomically(Array(content.dropLast(missing)), to: path)
      let again = try writer(folder)
      try again.begin(stage: "sft", after: 1)
      try write(2...2, of: "sft", to: again)
      #expect(try missing < 50 ? LocalFiles.read(path) == content : lines(folder).count >= 1)
    }
  }

  @Test func refusesDamageInTheMiddle() throws {
    try withTemporaryFolder { folder in
      try write(1...3, of: "sft", to: writer(folder))
      let path = folder + "/metrics.jsonl"
      var content = try #require(try LocalFiles.read(path))
      content[4] = 0
      try LocalFiles().writeAtomically(content, to: path)
      let problem = #expect(throws: Problem.self) { try writer(folder) }
      #expect(problem?.kind == .badData)
      #expect(problem?.place?.contains("metrics.jsonl:1") == true)
    }
  }

  /// Five steps with a state saved after the third; goes on from there when `resuming`.
  private func train(_ folder: String, resuming: Bool, files: any FileLayer) throws {
    let writer = try writer(folder, files: files)
    let saved = folder + "/saved"
    let start = resuming && LocalFiles.exists(saved) ? 3 : 0
    try writer.begin(stage: "sft", after: start)
    for step in start + 1...5 {
      try write(step...step, of: "sft", to: writer)
      guard step == 3 else { continue }
      try writer.synchronize()
      try files.writeAtomically("3", to: saved)
    }
  }

  @Test(arguments: [false, true])
  func endsAsUnbrokenWhicheverCallFails(isFatal: Bool) throws {
    try withTemporaryFolder { folder in
      try LocalFiles().makeDirectories(folder + "/unbroken")
      try train(folder + "/unbroken", resuming: false, files: LocalFiles())
      var failing = 0
      var hasFailed = true
      while hasFailed {
        let path = folder + "/\(failing)"
        try LocalFiles().makeDirectories(path)
        let files = FaultyFiles(failingAfter: failing, isFatal: isFatal)
        try? train(path, resuming: false, files: files)
        hasFailed = files.hasFailed
        try train(path, resuming: true, files: LocalFiles())
        #expect(try lines(path) == lines(folder + "/unbroken"), "call \(failing) failed")
        #expect(try events(path) == events(folder + "/unbroken"), "call \(failing) failed")
        failing += 1
      }
      #expect(failing > 20)
    }
  }
}
