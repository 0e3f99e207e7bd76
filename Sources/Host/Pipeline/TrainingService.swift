import Foundation
import PluginAPI

/// Trains stages of a run: each becomes a checkpoint of its name, its metrics go to the run's
/// files, and its state is kept while it is unfinished.
final class TrainingService {
  let run: RunDirectory
  let metrics: MetricsWriter
  let console: Console
  let seed: UInt64
  private let open: @Sendable (ModelReference) throws -> any LanguageModel
  /// Tokens of all updates so far, by this process.
  private(set) var trainedTokens = 0

  init(
    run: RunDirectory, metrics: MetricsWriter, console: Console, seed: UInt64,
    open: @escaping @Sendable (ModelReference) throws -> any LanguageModel
  ) {
    self.run = run
    self.metrics = metrics
    self.console = console
    self.seed = seed
    self.open = open
  }

  func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    settings: TrainingSettings, rows: (LoadedModel) throws -> [TrainingRow]
  ) throws -> ModelHandle {
    let checkpoint = "checkpoints/\(stage)"
    let result = ModelHandle(
      reference: ModelReference(location: run.file(checkpoint), name: stage),
      fewShot: model.fewShot, opener: open)
    let state = run.file("checkpoints/\(stage).state.safetensors")
    if run.outputs(of: checkpoint) != nil {
      try run.verify(checkpoint)
      // A run that was killed right after the stage had no time to.
      try? FileManager.default.removeItem(atPath: state)
      console.message("\(stage): finished before, taken as it is")
      return result
    }
    let start = try trainable(model)
    let policy = start.makeTrainable()
    let trainer = try Trainer(
      policy: policy.decoder, objective: objective, settings: settings, rows: try rows(start),
      seed: seed)
    if FileManager.default.fileExists(atPath: state) {
      try trainer.resume(from: state)
      console.message("\(stage): going on at step \(trainer.step) of \(trainer.totalSteps)")
    }
    try follow(trainer, stage: stage, state: state)
    model.close()
    try run.publish(checkpoint) { folder in try policy.save(to: folder, dtype: settings.dtype) }
    try run.finish(checkpoint, outputs: ["steps": .int(Int64(trainer.totalSteps))])
    try? FileManager.default.removeItem(atPath: state)
    return result
  }

  private func follow(_ trainer: Trainer, stage: String, state: String) throws {
    try metrics.begin(stage: stage, after: trainer.step)
    let bar = ProgressBar(
      "training \(stage)", total: trainer.totalSteps, unit: "steps", console: console)
    var pace = SavePace(clock: console.clock)
    defer { try? metrics.synchronize() }
    try trainer.run(statePath: state, pause: Interruption.check) { report in
      try metrics.write(
        stage: stage, step: report.step + 1,
        report.allMetrics.map { (name: $0.name, value: $0.value) })
      trainedTokens += report.tokens
      bar.update(to: report.step + 1, note: String(format: "loss %.4f", report.loss))
      guard trainer.step < trainer.totalSteps else { return }
      try pace.saveWhenDue {
        try metrics.synchronize()
        try trainer.saveState(to: state)
      }
    }
    bar.finish()
  }

  private func trainable(_ model: ModelHandle) throws -> LoadedModel {
    guard let trainable = try model.open() as? any TrainableModel else {
      throw Problem(
        .badConfiguration, at: model.reference.place,
        "\(quoted(model.name)) cannot be trained: its adapter gives answers, not weights",
        hint: "use a Hugging Face directory or a .gguf file as target")
    }
    return trainable.loaded
  }
}
