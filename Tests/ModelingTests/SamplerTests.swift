import Foundation
import Kernels
import Testing

@testable import Modeling

struct SamplerTests {
  /// Probabilities 0.4, 0.3, 0.2, 0.1, out of order.
  private let logits: [Float] = [0.1, 0.4, 0.2, 0.3].map { logf($0) }

  private func frequencies(_ settings: SamplingSettings, _ logits: [Float]) -> [Double] {
    let sampler = Sampler(settings: settings)
    var counts = [Double](repeating: 0, count: logits.count)
    let draws = 4000
    logits.withUnsafeBufferPointer { row in
      for index in 0..<draws {
        let uniform = (Double(index) + 0.5) / Double(draws)
        counts[Int(sampler.draw(row, uniform: uniform).token)] += 1 / Double(draws)
      }
    }
    return counts
  }

  private func expect(
    _ settings: SamplingSettings, _ wanted: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (found, wanted) in zip(frequencies(settings, logits), wanted) {
      #expect(abs(found - wanted) < 1e-3, sourceLocation: sourceLocation)
    }
  }

  @Test func withoutCutsTheModelsDistributionIsDrawn() {
    expect(SamplingSettings(), [0.1, 0.4, 0.2, 0.3])
  }

  @Test func temperatureSharpens() {
    let squares = [0.01, 0.16, 0.04, 0.09].map { $0 / 0.3 }
    expect(SamplingSettings(temperature: 0.5), squares)
    expect(SamplingSettings(temperature: 0), [0, 1, 0, 0])
  }

  @Test func topKKeepsTheMostProbable() {
    expect(SamplingSettings(topK: 2), [0, 4 / 7.0, 0, 3 / 7.0])
    expect(SamplingSettings(topK: 9), [0.1, 0.4, 0.2, 0.3])
  }

  @Test func topPKeepsTheSmallestSetThatReachesIt() {
    expect(SamplingSettings(topP: 0.69), [0, 4 / 7.0, 0, 3 / 7.0])
    expect(SamplingSettings(topP: 0.71), [0, 4 / 9.0, 2 / 9.0, 3 / 9.0])
    expect(SamplingSettings(topP: 0.01), [0, 1, 0, 0])
  }

  @Test func minPIsRelativeToTheMostProbable() {
    expect(SamplingSettings(minP: 0.6), [0, 4 / 7.0, 0, 3 / 7.0])
    expect(SamplingSettings(minP: 1), [0, 1, 0, 0])
  }

  /// As in transformers: top-p looks at what top-k left, renormalised.
  @Test func cutsApplyInOrder() {
    expect(SamplingSettings(topP: 0.6, topK: 3), [0, 4 / 7.0, 0, 3 / 7.0])
    expect(SamplingSettings(topP: 0.5, topK: 2), [0, 1, 0, 0])
    expect(SamplingSettings(topP: 0.95, topK: 3, minP: 0.6), [0, 4 / 7.0, 0, 3 / 7.0])
  }

  @Test func tiesWithTheLastOfTopKStay() {
    let even: [Float] = [1, 1, 1, 0]
    let found = frequencies(SamplingSettings(topK: 2), even)
    #expect(found[3] == 0 && found[0] > 0.3 && found[2] > 0.3)
  }

  @Test func logProbsAreTheModelsOwn() {
    let draw = logits.withUnsafeBufferPointer {
      Sampler(settings: SamplingSettings(temperature: 0.2, topK: 1)).draw($0, uniform: 0.3)
    }
    #expect(draw.token == 1)
    #expect(abs(draw.logProb - log(0.4)) < 1e-6)
  }

  /// A flat distribution over a large vocabulary makes the search for candidates widen.
  @Test func cutsWorkOnLargeFlatVocabularies() {
    let flat = [Float](repeating: 0, count: 3000)
    let found = frequencies(SamplingSettings(topP: 0.5), flat)
    #expect(found.filter { $0 > 0 }.count == 1500)
    let spread = (0..<3000).map { Float($0) * -0.5 }
    #expect(frequencies(SamplingSettings(topP: 0.999), spread).filter { $0 > 0 }.count > 10)
  }
}
