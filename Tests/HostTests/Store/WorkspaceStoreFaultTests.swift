import Foundation
import Kernels
import Synchronization
import Testing

@testable import Host

private let batchSize = 8

/// Eight responses that no other batch holds.
private func sampleBatch(_ index: Int) -> [(key: ResponseKey, response: StoredResponse)] {
  (0..<batchSize).map { sampleResponse(index * batchSize + $0) }
}

/// What happens when disks fail, processes die and others write at the same time.
@Suite(.serialized) struct WorkspaceStoreFaultTests {
  private static let batches = 6

  /// Inserts every batch in turn; how many were confirmed before something failed.
  private static func insertAll(at path: String, fileSystem: String?) -> Int {
    var confirmed = 0
    do {
      let store = try WorkspaceStore(path: path, fileSystem: fileSystem)
      for index in 0..<batches {
        try store.insert(sampleBatch(index))
        confirmed += 1
      }
    } catch {}
    return confirmed
  }

  @Test func losesNothingConfirmedWhicheverWriteFails() throws {
    var failing = 0
    var isDone = false
    while !isDone {
      try withTemporaryFolder { folder in
        let path = folder + "/s.sqlite"
        FaultySQLiteFiles.arm(failing)
        let confirmed = Self.insertAll(at: path, fileSystem: FaultySQLiteFiles.name)
        isDone = !FaultySQLiteFiles.hasFailed.load(ordering: .sequentiallyConsistent)
        FaultySQLiteFiles.arm(nil)

        let store = try WorkspaceStore(path: path)
        for index in 0..<Self.batches {
          let batch = sampleBatch(index)
          let found = try store.responses(for: batch.map(\.key))
          #expect(found.isEmpty || found.count == batchSize, "a batch is whole or absent")
          if index < confirmed { #expect(found.count == batchSize, "fault \(failing)") }
          try store.insert(batch)
        }
        #expect(try store.counts().responses == Self.batches * batchSize)
      }
      failing += 1
    }
    #expect(failing > 20, "every insert writes and syncs at least once")
  }

  @Test func survivesBeingKilled() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-kill-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for microseconds: UInt32 in [5_000, 20_000, 60_000] {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [folder = folder as String, microseconds = microseconds as UInt32] in
        Thread.detachNewThread {
          usleep(microseconds)
          kill(getpid(), SIGKILL)
        }
        let store = try WorkspaceStore(path: folder + "/s.sqlite")
        let log = try LocalFiles().open(folder + "/confirmed", .appending)
        for index in 0... {
          try store.insert(sampleBatch(index))
          try LocalFiles().write(Array("\(index)\n".utf8), to: log, path: folder)
        }
      }
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      let confirmed = try LocalFiles.read(folder + "/confirmed") ?? []
      for line in String(decoding: confirmed, as: UTF8.self).split(separator: "\n") {
        let index = try #require(Int(line))
        let keys = sampleBatch(index).map(\.key)
        #expect(try store.responses(for: keys).count == 8)
      }
      #expect(try store.counts().responses.isMultiple(of: 8))
    }
  }

  @Test func fourConnectionsShareOneFile() throws {
    try withTemporaryFolder { folder in
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        do {
          let store = try WorkspaceStore(path: folder + "/s.sqlite")
          for index in 0..<20 { try store.insert(sampleBatch(index)) }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
      #expect(failures.withLock { $0 } == [])
      let counts = try WorkspaceStore(path: folder + "/s.sqlite").counts()
      #expect(counts.responses == 160)
    }
  }

  @Test func twoProcessesShareOneFile() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-share-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    async let ours = Task.detached {
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      for index in 0..<40 { try store.insert(sampleBatch(index)) }
      return store.responseTally.new
    }.value
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      for index in 0..<40 { try store.insert(sampleBatch(index)) }
      let new = "\(store.responseTally.new)"
      try LocalFiles().writeAtomically(new, to: folder + "/theirs")
    }
    let bytes = try #require(try LocalFiles.read(folder + "/theirs"))
    let theirs = try #require(Int(String(decoding: bytes, as: UTF8.self)))
    let added = try await ours + theirs
    #expect(added == 320, "every response was added by one of them")
    #expect(try WorkspaceStore(path: folder + "/s.sqlite").counts().responses == 320)
  }
}
