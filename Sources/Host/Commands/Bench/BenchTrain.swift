import ArgumentParser
import Foundation
import PluginAPI

extension BenchCommand {
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Optimiser steps on rows of three responses, reference included.")

    @Argument(help: "Model reference.") var model: String
    @Option(help: "Rows an update.") var rows = 4
    @Option(help: "Tokens a sequence, a quarter of them prompt.") var tokens = 128
    @Option(help: "Updates; the first is not counted.") var steps = 4
    @Flag(help: "Compute the reference once a row before training, as runs do by default.")
    var referenceOnce = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      guard (1...4096).contains(rows), (4...8192).contains(tokens), (2...1000).contains(steps)
      else {
        throw ValidationError("--rows in 1...4096, --tokens in 4...8192, --steps in 2...1000")
      }
    }

    func run() throws {
      let decoder = try benchDecoder(model, f32: false)
      let vocabulary = decoder.config.vocabularySize
      let data = (0..<rows * steps).map { row in
        TrainingRow(
          sequences: (0..<3).map { sequence in
            let ids = benchIDs(tokens, vocabulary: vocabulary).map {
              ($0 + Int32(31 * row + sequence)) % Int32(vocabulary)
            }
            let prompt = [Int32](repeating: DecoderModel.ignoredLabel, count: tokens / 4)
            return TrainingRow.Sequence(ids: ids, labels: prompt + ids.dropFirst(tokens / 4))
          })
      }
      var settings = TrainingSettings()
      settings.batchSize = rows
      settings.learningRate = 1e-6
      settings.reference = referenceOnce ? .once : .everyUpdate
      let trainer = try Trainer(
        policy: decoder.makeTrainable(), objective: PreferenceProbe(), settings: settings,
        rows: data, seed: 1)
      var seconds: [Double] = []
      try trainer.run { seconds.append($0.seconds) }
      let median = Stopwatch.middle(Array(seconds.dropFirst()))
      BenchReport(
        "train \(model), \(rows) x 3 x \(tokens) tokens, reference "
          + (referenceOnce ? "once a row" : "in every update")
      )
      .with("step", median, "s")
      .with("rate", Double(rows * 3 * tokens) / median, "tok/s")
      .with("peak_memory", Double(peakMemoryBytes()) / 1e6, "MB")
      .print(asJSON: json)
    }
  }
}

/// The WRPO loss with fixed alpha: what a step costs does not depend on it.
private struct PreferenceProbe: SequenceObjective {
  let sequencesPerRow = 3
  let needsReference = true
  let identity = "probe"

  func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult {
    let share = 1 / Double(batch.updateRows)
    var result = ObjectiveResult(loss: 0, dPolicy: [])
    for row in 0..<batch.rowCount {
      let difference =
        0.1 * batch.logRatio(row, 0) + 0.9 * batch.logRatio(row, 1) - batch.logRatio(row, 2)
      let slope = -0.1 / (1 + exp(0.1 * difference)) * share
      result.loss += log1p(exp(-0.1 * difference)) * share
      result.dPolicy.append([0.1 * slope, 0.9 * slope, -slope])
    }
    return result
  }
}

/// Most memory this process has held, in bytes.
func peakMemoryBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
