import Synchronization
import Testing

@testable import Kernels

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 5], [0, 1, 2, 3, 100])
  func runsEachIndexOnce(threads: Int, count: Int) {
    let pool = ThreadPool(threads: threads)
    for _ in 0..<200 {
      let counts = Counters(count)
      pool.parallel(count) { counts.add($0) }
      #expect(counts.all == Array(repeating: 1, count: count))
    }
  }

  @Test func nestedAndConcurrentCallsFinish() async {
    let pool = ThreadPool(threads: 3)
    await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<4 {
        group.addTask {
          let counts = Counters(64)
          for _ in 0..<50 {
            pool.parallel(8) { outer in pool.parallel(8) { counts.add(outer * 8 + $0) } }
          }
          return counts.all
        }
      }
      for await counts in group { #expect(counts == Array(repeating: 50, count: 64)) }
    }
  }

  @Test(arguments: [1, 16, 64])
  func rangesCoverEverythingOnce(grain: Int) {
    for count in [0, 1, 15, 16, 17, 1000] {
      let counts = Counters(count)
      ThreadPool(threads: 3).parallel(over: count, grain: grain) { part in
        #expect(part.lowerBound % grain == 0)
        for index in part { counts.add(index) }
      }
      #expect(counts.all == Array(repeating: 1, count: count))
    }
  }
}

/// Counts how often each index was seen, from any thread.
private final class Counters: Sendable {
  private let counts: Mutex<[Int]>
  init(_ count: Int) { counts = Mutex(Array(repeating: 0, count: count)) }
  func add(_ index: Int) { counts.withLock { $0[index] += 1 } }
  var all: [Int] { counts.withLock { $0 } }
}
