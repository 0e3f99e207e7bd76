import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Modeling

/// Tolerances are those of the goldens: 20 times the noise of float32 against float64.
@Suite(.enabled(if: goldensExist))
struct GoldenForwardTests {
  @Test(arguments: goldenModels)
  func logitsMatch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open()
    for run in golden.runs {
      let batch = try golden.batch(run)
      let logits = model.logits(ids: batch.packed, layout: batch.layout)
      let wanted = rows(
        try golden.floats("\(run).logits"), batch.places, width: model.config.vocabularySize)
      let difference = largestDifference(logits.floats(), wanted)
      #expect(difference <= golden.tolerance("logits_atol"), "\(run)")
    }
  }

  @Test(arguments: goldenModels)
  func logProbsMatch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open()
    for run in golden.runs where golden.has("\(run).labels") {
      let batch = try golden.batch(run)
      let labels = batch.packed(labels: try golden.ints("\(run).labels"))
      let result = model.tokenLogProbs(
        Tape(recording: false), ids: batch.packed, layout: batch.layout, labels: labels)
      let all = try golden.floats("\(run).logprobs")
      let wanted = result.rows.map { all[batch.places[$0]] }
      #expect(
        largestDifference(result.logProbs.value.floats(), wanted)
          <= golden.tolerance("logprobs_atol"), "\(run)")
      #expect(result.rows.count == all.filter { $0 != 0 }.count)
    }
  }

  @Test(arguments: goldenModels)
  func hiddenStatesMatch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open()
    for run in golden.runs where golden.has("\(run).hidden_states") {
      let batch = try golden.batch(run)
      let states = model.hiddenStates(ids: batch.packed, layout: batch.layout)
      let all = try golden.floats("\(run).hidden_states")
      let size = batch.rows * batch.width * model.config.width
      #expect(states.count * size == all.count)
      for (index, state) in states.enumerated() {
        let wanted = rows(
          Array(all[index * size..<(index + 1) * size]), batch.places, width: model.config.width)
        #expect(
          largestDifference(state.floats(), wanted) <= golden.tolerance("logits_atol"),
          "\(run), state \(index)")
      }
    }
  }

  @Test(arguments: goldenClassifiers)
  func scoresMatch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open()
    for run in golden.runs {
      // Scores are pooled by id, so right padding may stay in.
      let batch = try golden.batch(run)
      let scores = model.scores(ids: batch.packed, layout: batch.layout)
      #expect(
        largestDifference(scores.floats(), try golden.floats("\(run).scores"))
          <= golden.tolerance("logits_atol"), "\(run)")
    }
  }

  @Test(arguments: goldenModels + goldenClassifiers)
  func allKeyStylesGiveTheSameModel(_ name: String) throws {
    let golden = try GoldenCase(name)
    let config = try golden.open().config
    for style in ["config.legacy.json", "config.minimal.json"] {
      guard FileManager.default.fileExists(atPath: golden.directory + "/" + style) else { continue }
      #expect(try golden.open(config: style).config == config, "\(style)")
    }
  }
}
