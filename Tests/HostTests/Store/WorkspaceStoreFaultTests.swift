import Foundation
import Kernels
import Synchronization
import Testing

@testable import Host

/// What happens when disks fail, processes die and others write at the same time.
@Suite(.serialized) struct WorkspaceStoreFaultTests {
  private static let batches = 6
  private static let batchSize = 8

  private static func batch(_ index: Int) -> [(key: ResponseKey, response: StoredResponse)] {
    (0..<batchSize).map { sampleResponse(index * batchSize + $0) }
  }

  /// Inserts every batch in turn; how many were confirmed before something failed.
  private static func insertAll(at path: String, fileSystem: String?) -> Int {
    var confirmed = 0
    do {
      let store = try WorkspaceStore(path: path, fileSystem: fileSystem)
      for index in 0..<batches {
        try store.insert(batch(index))
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
          let batch = Self.batch(index)
          let found = try store.responses(for: batch.map(\.key))
          #expect(found.isEmpty || found.count == Self.batchSize, "a batch is whole or absent")
          if index < confirmed { #expect(found.count == Self.batchSize, "fault \(failing)") }
          try store.insert(batch)
        }
        #expect(try store.counts().responses == Self.batches * Self.batchSize)
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
          try store.insert((0..<8).map { sampleResponse(index * 8 + $0) })
          try LocalFiles().write(Array("\(index)\n".utf8), to: log, path: folder)
        }
      }
      let store = try WorkspaceStore(path: folder + "/s.sqlite")
      let confirmed = try LocalFiles.read(folder + "/confirmed") ?? []
      for line in String(decoding: confirmed, as: UTF8.self).split(separator: "\n") {
        let index = try #require(Int(line))
        let keys = (0..<8).map { sampleResponse(index * 8 + $0).key }
        #expect(try store.responses(for: keys).count == 8)
      }
      #expect(try store.counts().responses.isMultiple(of: 8))
    }
  }

  @Test func twoProcessesShareOneFile() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-share-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // The threads stand for processes: each has a connection of its own, opened at the same time.
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      do {
        let store = try WorkspaceStore(path: folder + "/s.sqlite")
        for index in 0..<20 { try store.insert(Self.batch(index)) }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(try WorkspaceStore(path: folder + "/s.sqlite").counts().responses == 160)
  }
}
