import Foundation
import Merging
import Testing

/// How merges find what was measured.
struct ModelStatisticsTests {
  @Test func findsTensorsThenAspectsOfTensorAndModel() throws {
    try withTemporaryFolder { folder in
      func one(_ value: Float) -> Tensor { Tensor([value], shape: [1]) }
      try SafetensorsWriter.write(
        [("a", one(1)), ("#norm", one(2)), ("b#norm", one(3)), ("b#transposed", one(4))],
        to: StatisticKind.fisher.path(in: folder))
      let statistics = ModelStatistics(folder: folder)
      func value(_ kind: String, _ name: String) throws -> Float? {
        try statistics.tensor(kind, of: name)?.floats().first
      }
      #expect(try value("fisher", "a") == 1)
      #expect(try value("fisher", "b") == nil)
      #expect(try value("fisher.norm", "a") == 2)
      #expect(try value("fisher.norm", "b") == 3)
      #expect(try value("fisher.transposed", "b") == 4)
      #expect(try value("fisher.transposed", "a") == nil)
      #expect(try value("gram", "a") == nil)
      #expect(try value("", "a") == nil)
    }
  }

  @Test func damagedFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      try "no tensors".write(
        toFile: StatisticKind.gram.path(in: folder), atomically: true, encoding: .utf8)
      #expect(throws: Problem.self) {
        try ModelStatistics(folder: folder).tensor("gram", of: "a")
      }
    }
  }
}
