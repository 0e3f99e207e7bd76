import Foundation
import TestSupport
import Testing

@testable import Merging

/// Configs that are cut off or changed anywhere: never a trap, and every fault has a place.
@Suite(.enabled(if: shared("goldens/merge/manifest.json") != nil, "no goldens beside the checkout"))
struct MergeConfigFuzzTests {
  private static func texts() throws -> [[UInt8]] {
    let cases = try #require(shared("goldens/merge/cases"))
    return try FileManager.default.contentsOfDirectory(atPath: cases.path).sorted().compactMap {
      guard let data = FileManager.default.contents(atPath: "\(cases.path)/\($0)/config.yml")
      else { return nil }
      return [UInt8](data)
    }
  }

  /// Reads; true when it was a merge config.
  private func read(_ bytes: [UInt8]) -> Bool {
    let found = faults(String(decoding: bytes, as: UTF8.self))
    for problem in found {
      #expect(problem.place?.hasPrefix("merge.yml") == true, "\(problem)")
      #expect(problem.kind == .badConfiguration, "\(problem)")
    }
    return found.isEmpty
  }

  @Test func cutAnywhere() throws {
    for text in try Self.texts() {
      for count in text.indices { _ = read(Array(text[..<count])) }
    }
  }

  @Test func changedAnywhere() throws {
    let rng = CounterRNG(seed: 11, stream: 0)
    var (number, good) = (UInt64(0), 0)
    for text in try Self.texts() {
      for place in text.indices {
        var changed = text
        let drawn = rng.bits(number)
        number += 1
        switch drawn % 4 {
        case 0: changed[place] = UInt8(truncatingIfNeeded: drawn >> 8)
        case 1: changed.remove(at: place)
        case 2: changed.insert(UInt8(truncatingIfNeeded: drawn >> 8), at: place)
        default: changed[place] = Self.signs[Int(drawn >> 8) % Self.signs.count]
        }
        good += read(changed) ? 1 : 0
      }
    }
    #expect(good > 0 && good < Int(number), "some changes matter, some do not")
  }

  private static let signs = Array("[]{}:,-#&*!|>'\"%@`\n\t ?<.~".utf8)
}
