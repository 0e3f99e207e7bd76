import Formats
import Foundation
import Kernels
import Testing

@testable import Host

/// A key and a response that differ for every `index`.
func sampleResponse(_ index: Int) -> (key: ResponseKey, response: StoredResponse) {
  let key = ResponseKey(
    model: "m\(index % 3)", prompt: "p\(index)", parameters: "t=0.8", seed: .max - UInt64(index),
    sample: index % 5)
  let ids = (0..<Int32(index % 7)).map { Int32(index) * 1000 - $0 }
  let response = StoredResponse(
    text: "answer \(index)\u{0}ü😀", tokenIDs: ids, finishReason: "stop",
    logProb: index % 2 == 0 ? nil : -Double(index) / 3, promptTokens: 4, completionTokens: ids.count
  )
  return (key, response)
}

struct WorkspaceStoreTests {
  @Test func keepsResponsesAcrossOpenings() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/.crucible/store.sqlite"
      let samples = (0..<20).map(sampleResponse)
      let first = try WorkspaceStore(path: path)
      try first.insert(samples)
      #expect(first.responseTally == StoreTally(reused: 0, new: 20))

      let second = try WorkspaceStore(path: path)
      let found = try second.responses(for: samples.map(\.key) + [sampleResponse(99).key])
      #expect(found.count == 20)
      for sample in samples { #expect(found[sample.key] == sample.response) }
      #expect(second.responseTally == StoreTally(reused: 20, new: 0))
      #expect(try second.counts() == (20, 0))
    }
  }

  @Test func everyPartOfAKeyCounts() throws {
    try withTemporaryFolder { folder in
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      let (key, response) = sampleResponse(1)
      try store.insert([(key, response)])
      var others = [ResponseKey](repeating: key, count: 5)
      others[0].model = "x"
      others[1].prompt = "x"
      others[2].parameters = "x"
      others[3].seed = 0
      others[4].sample = 4
      #expect(try store.responses(for: others).isEmpty)
      #expect(try store.responses(for: [key, key]) == [key: response])
    }
  }

  @Test func theFirstValueOfAKeyStays() throws {
    try withTemporaryFolder { folder in
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      let (key, response) = sampleResponse(1)
      var other = response
      other.text = "later"
      try store.insert([(key, response), (key, other)])
      #expect(try store.responses(for: [key])[key] == response)
      #expect(store.responseTally.new == 1)
    }
  }

  @Test func keepsScoresWithDetails() throws {
    try withTemporaryFolder { folder in
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      let plain = ScoreKey(reward: "r", prompt: "p", response: "a")
      let detailed = ScoreKey(reward: "r", prompt: "p", response: "b")
      let details: JSON = ["format": 1, "why": "no 'quote'; DROP TABLE scores"]
      try store.insert([
        (plain, StoredScore(score: 0.1)), (detailed, StoredScore(score: -2, details: details)),
      ])
      let found = try store.scores(for: [plain, detailed])
      #expect(found[plain] == StoredScore(score: 0.1))
      #expect(found[detailed] == StoredScore(score: -2, details: details))
      #expect(store.scoreTally == StoreTally(reused: 2, new: 2))
    }
  }

  @Test(arguments: [Double.nan, .infinity])
  func refusesAScoreThatIsNotFinite(score: Double) throws {
    try withTemporaryFolder { folder in
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      let good = ScoreKey(reward: "r", prompt: "p", response: "a")
      let bad = ScoreKey(reward: "r", prompt: "p", response: "b")
      let problem = #expect(throws: Problem.self) {
        try store.insert([(good, StoredScore(score: 1)), (bad, StoredScore(score: score))])
      }
      #expect(problem?.kind == .badData)
      #expect(try store.counts() == (0, 0), "a batch is stored whole or not at all")
    }
  }

  @Test func liesBesideTheRunsFolder() {
    #expect(WorkspaceStore.path(besideRuns: "/a/b/runs/") == "/a/b/.crucible/store.sqlite")
    #expect(WorkspaceStore.path(besideRuns: "runs") == "./.crucible/store.sqlite")
  }
}

// MARK: - Files that are refused

struct WorkspaceStoreRefusalTests {
  private func refusal(of path: String) -> Problem? {
    #expect(throws: Problem.self) { try WorkspaceStore(path: path) }
  }

  @Test func refusesAFileThatIsNoDatabase() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/s.sqlite"
      try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: path))
      let problem = refusal(of: path)
      #expect(problem?.kind == .badData)
      #expect(problem?.hint?.contains("move it away") == true)
    }
  }

  @Test func refusesADamagedStore() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/s.sqlite"
      do {
        let store = try WorkspaceStore(path: path)
        try store.insert((0..<500).map(sampleResponse))
      }
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try file.seek(toOffset: 8192)
      try file.write(contentsOf: Data(repeating: 0x5A, count: 8192))
      try file.close()
      #expect(refusal(of: path)?.kind == .badData)
    }
  }

  @Test func refusesAStoreThatIsCutShort() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/s.sqlite"
      do {
        let store = try WorkspaceStore(path: path)
        try store.insert((0..<500).map(sampleResponse))
      }
      #expect(truncate(path, 10000) == 0)
      #expect(refusal(of: path)?.kind == .badData)
    }
  }

  @Test func refusesANewerStore() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/s.sqlite"
      _ = try WorkspaceStore(path: path)
      try Database(path: path).execute("PRAGMA user_version = 7")
      let problem = refusal(of: path)
      #expect(problem?.kind == .badData)
      #expect(problem?.what.contains("schema 7") == true)
    }
  }

  @Test func refusesAnotherProgramsDatabase() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/s.sqlite"
      try Database(path: path).execute("CREATE TABLE bookmarks (url TEXT)")
      #expect(refusal(of: path)?.what.contains("another program") == true)
    }
  }

  @Test func refusesAPlaceThatIsNoFolder() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      #expect(refusal(of: folder + "/file/s.sqlite")?.kind == .cannotWrite)
    }
  }

  @Test func saysWhenAnotherProcessKeepsItLocked() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try WorkspaceStore(path: path, busyTimeoutSeconds: 0.05)
      let other = try Database(path: path)
      try other.execute("BEGIN IMMEDIATE")
      let problem = #expect(throws: Problem.self) { try store.insert([sampleResponse(1)]) }
      #expect(problem?.kind == .cannotWrite)
      try other.execute("ROLLBACK")
      try store.insert([sampleResponse(1)])
    }
  }
}
