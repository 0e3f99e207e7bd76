import Foundation
import Testing

@testable import Merging

/// Searching, being interrupted and going on.
struct MergeSearchTests {
  private func search(
    _ method: SearchMethod = .cmaES, evaluations: Int = 40, seed: UInt64 = 3
  ) throws -> MergeSearch {
    let text = "parameters: {a: {search: [0, 4]}, b: {search: [-1, 1], start: 0.5}}\n"
    return MergeSearch(
      try SearchSpace(text: text, path: "c.yml"), method: method, evaluations: evaluations,
      seed: seed, sigma: 0.2)
  }

  private func score(_ number: Int, _ values: [Double]) -> Double? {
    // Now and then a candidate breaks.
    number % 7 == 3 ? nil : -abs(values[0] - 3) - abs(values[1] + 0.5)
  }

  @Test(arguments: SearchMethod.allCases)
  func beginsWithTheStartAndKeepsTheBest(method: SearchMethod) throws {
    let curve = try search(method).run(score: score)
    #expect(curve.evaluations.map(\.number) == Array(1...40))
    #expect(curve.evaluations[0].values == [2, 0.5])
    let scores = curve.evaluations.compactMap(\.score)
    #expect(curve.best?.score == scores.max())
    #expect(curve.bestScores.last == curve.best?.score)
    #expect((curve.best?.score ?? -9) > (curve.evaluations[0].score ?? 0))
    #expect(
      curve.evaluations.allSatisfy {
        (0...4).contains($0.values[0]) && (-1...1).contains($0.values[1])
      })
  }

  @Test(arguments: [0, 1, 2, 9, 39, 40])
  func goesOnWhereItStopped(done: Int) throws {
    for method in SearchMethod.allCases {
      let whole = try search(method).run(score: score)
      var asked: [Int] = []
      let resumed = try search(method).run(
        after: Array(whole.evaluations.prefix(done)),
        score: { number, values in
          asked.append(number)
          return score(number, values)
        })
      #expect(resumed == whole)
      #expect(asked == Array(done + 1..<41))
    }
  }

  @Test func aPastOfAnotherSearchIsRefused() throws {
    let past = try search(seed: 4).run(score: score).evaluations
    #expect(throws: Problem.self) { try search().run(after: past, score: score) }
  }

  @Test func fewEvaluationsAreKeptTo() throws {
    for count in [1, 2, 7, 8] {
      #expect(try search(evaluations: count).run(score: score).evaluations.count == count)
    }
  }

  @Test func theJournalGivesBackWhatWasAppended() throws {
    try inFolder { folder in
      let header: JSON = ["seed": 3, "method": "random"]
      let evaluations = try search(.random, evaluations: 5).run(score: score).evaluations
      do {
        let journal = try SearchJournal(folder: folder, header: header, resuming: false)
        for evaluation in evaluations { try journal.append(evaluation) }
      }
      #expect(try SearchJournal(folder: folder, header: header, resuming: true).past == evaluations)
      let fresh = try #require(throws: Problem.self) {
        try SearchJournal(folder: folder, header: header, resuming: false)
      }
      #expect(fresh.kind == .cannotWrite)
      let other = try #require(throws: Problem.self) {
        try SearchJournal(
          folder: folder, header: ["seed": 4, "method": "random"], resuming: true)
      }
      #expect(other.kind == .badConfiguration && "\(other)".contains("another seed"))
    }
  }

  @Test func aTornLastLineIsDropped() throws {
    try inFolder { folder in
      let evaluations = try search(.random, evaluations: 3).run(score: score).evaluations
      do {
        let journal = try SearchJournal(folder: folder, header: [:], resuming: false)
        for evaluation in evaluations { try journal.append(evaluation) }
      }
      let path = "\(folder)/\(SearchJournal.name)"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try text.dropLast(9).write(toFile: path, atomically: true, encoding: .utf8)
      do {
        let journal = try SearchJournal(folder: folder, header: [:], resuming: true)
        #expect(journal.past == Array(evaluations.prefix(2)))
        try journal.append(evaluations[2])
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
  }

  @Test func aDamagedJournalIsRefused() throws {
    try inFolder { folder in
      let text = "{}\n{\"evaluation\":2,\"values\":[1],\"score\":1}\n"
      try text.write(
        toFile: "\(folder)/\(SearchJournal.name)", atomically: true, encoding: .utf8)
      let problem = try #require(throws: Problem.self) {
        try SearchJournal(folder: folder, header: [:], resuming: true)
      }
      #expect(problem.kind == .badData && problem.place?.hasSuffix("search.jsonl:2") == true)
    }
  }

  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("search-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}
