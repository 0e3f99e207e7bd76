import Foundation
import PluginAPI

/// Trains stages of a run: each becomes a checkpoint of its name, its metrics go to the run's
/// files, and its state is kept while it is unfinished.
final class TrainingService {
  let run: RunDirectory
  let metrics: MetricsWriter
  let costs: CostMeter
  let console: Console
  let seed: UInt64
  private let open: @Sendable (ModelReference) throws -> any LanguageModel

  init(
    run: RunDirectory, metrics: MetricsWriter, costs: CostMeter, console: Console, seed: UInt64,
    open: @escaping @Sendable (ModelReference) throws -> any LanguageModel
  ) {
    self.run = run
    self.metrics = metrics
    self.costs = costs
    self.console = console
    self.seed = seed
    self.open = open
  }

  func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    settings: TrainingSettings, rows: (LoadedModel) throws -> [TrainingRow]
  ) throws -> ModelHandle {
    let checkpoint = Self.checkpoint(stage)
    let result = handle(stage, from: model)
    let state = run.file("checkpoints/\(stage).state.safetensors")
    if let outputs = run.outputs(of: checkpoint) {
      try run.verify(checkpoint)
      // A run that was killed right after the stage had no time to.
      try? FileManager.default.removeItem(atPath: state)
      costs.setTrained(outputs["tokens"]?.int ?? 0, stage: stage)
      console.message("\(stage): finished before, taken as it is")
      return result
    }
    let start = try model.openDecoder(to: "be trained")
    // First: teachers are opened for it, and the copy to train need not lie beside them.
    let rows = try rows(start)
    let policy = start.makeTrainable()
    let trainer = try Trainer(
      policy: policy.decoder, objective: objective, settings: settings, rows: rows, seed: seed)
    if FileManager.default.fileExists(atPath: state) {
      try trainer.resume(from: state)
      console.message("\(stage): going on at step \(trainer.step) of \(trainer.totalSteps)")
    }
    try follow(trainer, stage: stage, state: state)
    model.close()
    try publish(
      policy, stage: stage, dtype: settings.dtype,
      outputs: [
        "steps": .int(Int64(trainer.totalSteps)),
        "tokens": .int(Int64(trainer.tokenCount(ofUpdates: trainer.totalSteps))),
      ])
    try costs.save()
    try? FileManager.default.removeItem(atPath: state)
    return result
  }

  /// A stage that is made otherwise than by training; finished, it is taken as it is.
  func build(
    stage: String, from model: ModelHandle, dtype: DType,
    _ make: (LoadedModel) throws -> LoadedModel
  ) throws -> ModelHandle {
    if let finished = try finished(stage, from: model) { return finished }
    let made = try make(model.openDecoder(to: "be merged"))
    try Interruption.check()
    try publish(made, stage: stage, dtype: dtype, outputs: [:])
    model.close()
    return handle(stage, from: model)
  }

  /// The model of a stage that needs no more than to be looked at; nil while it is unfinished.
  func finished(_ stage: String, from model: ModelHandle) throws -> ModelHandle? {
    guard run.outputs(of: Self.checkpoint(stage)) != nil else { return nil }
    try run.verify(Self.checkpoint(stage))
    console.message("\(stage): finished before, taken as it is")
    return handle(stage, from: model)
  }

  static func checkpoint(_ stage: String) -> String { "checkpoints/\(stage)" }

  func handle(_ stage: String, from model: ModelHandle) -> ModelHandle {
    ModelHandle(
      reference: ModelReference(location: run.file(Self.checkpoint(stage)), name: stage),
      fewShot: model.fewShot, opener: open)
  }

  /// Makes `model` appear as the checkpoint of `stage`, and the stage count as finished.
  private func publish(
    _ model: LoadedModel, stage: String, dtype: DType, outputs: JSON
  ) throws {
    let checkpoint = Self.checkpoint(stage)
    try run.publish(checkpoint) { folder in try model.save(to: folder, dtype: dtype) }
    try run.finish(checkpoint, outputs: outputs)
  }

  private func follow(_ trainer: Trainer, stage: String, state: String) throws {
    try metrics.begin(stage: stage, after: trainer.step)
    let bar = ProgressBar(
      "training \(stage)", total: trainer.totalSteps, unit: "steps", console: console)
    var pace = SavePace(clock: console.clock)
    var tokens = trainer.tokenCount(ofUpdates: trainer.step)
    costs.setTrained(tokens, stage: stage)
    defer { try? metrics.synchronize() }
    try trainer.run(statePath: state, pause: Interruption.check) { report in
      try metrics.write(
        stage: stage, step: report.step + 1,
        report.allMetrics.map { (name: $0.name, value: $0.value) })
      tokens += report.tokens
      costs.setTrained(tokens, stage: stage)
      bar.update(to: report.step + 1, note: String(format: "loss %.4f", report.loss))
      guard trainer.step < trainer.totalSteps else { return }
      try pace.saveWhenDue {
        try metrics.synchronize()
        try trainer.saveState(to: state)
        try costs.save()
      }
    }
    bar.finish()
  }
}
