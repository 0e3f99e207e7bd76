import Foundation
import Merging
import PluginAPI

extension TrainingService {
  /// A stage that is a merge; finished, it is taken as it is, and nothing is planned.
  ///
  /// - Parameter model: Lends its few-shot rows to the result.
  func merge(
    stage: String, from model: ModelHandle, _ plan: () throws -> Merge
  ) throws -> ModelHandle {
    if let finished = try finished(stage, from: model) { return finished }
    let merge = try plan()
    for warning in merge.warnings { console.warn(warning) }
    // Its own folder, so that what a killed run left is gone on with; the last part of its path
    // names the model in its card.
    let workshop = run.file(Self.checkpoint(stage) + ".parts")
    let made = "\(workshop)/\(stage)"
    let files = FileManager.default
    // Killed between the merge and its publishing.
    if files.fileExists(atPath: made) { try files.removeItem(atPath: made) }
    try files.createDirectory(atPath: workshop, withIntermediateDirectories: true)
    try follow(merge, stage: stage, to: made)
    try run.publish(Self.checkpoint(stage)) { folder in
      guard rename(made, folder) == 0 else {
        throw Problem(.cannotWrite, at: folder, "the merged model cannot be put in place")
      }
    }
    try run.finish(Self.checkpoint(stage), outputs: [:])
    try? files.removeItem(atPath: workshop)
    return handle(stage, from: model)
  }

  private func follow(_ merge: Merge, stage: String, to folder: String) throws {
    var settings = Merge.Settings()
    settings.seed = seed
    settings.resumes = true
    let total = merge.plans.reduce(0) { $0 + $1.outputBytes }
    let bar = ProgressBar(
      "merging \(stage)", total: max(1, total >> 20), unit: "MiB", console: console)
    defer { bar.finish() }
    try merge.run(to: folder, settings: settings, check: Interruption.check) { done, _ in
      bar.update(to: done >> 20)
    }
  }
}
