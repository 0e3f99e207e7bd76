import Formats
import Glibc
import Kernels
import Synchronization

/// The metrics of a run, written twice: `metrics.jsonl`, one object a line, and a TensorBoard event
/// file. Methods may be called on any thread.
///
/// A line holds `stage`, `step` and the metrics in the order given; what is not finite is null there
/// and itself in the event file, whose tags are `stage/metric`.
///
/// When a stage is resumed from a saved state, `begin` drops what was written after that state, so
/// that in the end both files hold the steps of an unbroken run, once each. Values that depend on the
/// clock (`tokens_per_second`, wall times) are the only ones that may differ from it.
final class MetricsWriter: Sendable {
  static let fileName = "metrics.jsonl"

  /// What the lock guards.
  private struct Outputs {
    let lines: AppendedFile
    let events: AppendedFile
  }

  private let outputs: Mutex<Outputs>
  private let now: @Sendable () -> Double

  /// Opens or begins the metrics in the run folder `folder`. What a killed process left half
  /// written at the end of either file is cut off.
  ///
  /// - Parameter now: The wall clock, in seconds since 1970.
  init(
    folder: String, files: any FileLayer = LocalFiles(),
    now: @escaping @Sendable () -> Double = wallTime
  ) throws(Problem) {
    let lines = try AppendedFile(path: FilePath.join(folder, Self.fileName), files: files)
    let old = LocalFiles.names(in: folder).filter {
      $0.hasPrefix(EventFile.namePrefix) && !$0.contains(".tmp-")
    }
    let name = old.last ?? EventFile.name(wallTime: now())
    let events = try AppendedFile(path: FilePath.join(folder, name), files: files)
    try MetricsRepair.keep(in: lines) { _, _ in true }
    try MetricsRepair.keep(in: events, wallTime: now()) { _, _ in true }
    outputs = Mutex(Outputs(lines: lines, events: events))
    self.now = now
  }

  /// Says that `stage` starts, or goes on after `step` optimiser steps: drops what the files hold of
  /// its later steps.
  func begin(stage: String, after step: Int = 0) throws(Problem) {
    try outputs.withLock { (outputs) throws(Problem) in
      let isKept = { (name: String, number: Int) in name != stage || number <= step }
      try MetricsRepair.keep(in: outputs.lines, where: isKept)
      try MetricsRepair.keep(in: outputs.events, wallTime: now()) { name, number in
        name != Self.tagStage(stage) || number <= step
      }
    }
  }

  /// Adds the values of one step. Both files show them when this returns.
  func write(
    stage: String, step: Int, _ values: [(name: String, value: Double)]
  ) throws(Problem) {
    var line = JSONObject([("stage", .string(stage)), ("step", .int(Int64(step)))])
    for (name, value) in values where line[name] == nil { line[name] = .number(value) }
    let text = JSON.object(line).serialized() + "\n"
    let event = TensorBoardEvent(
      wallTime: now(), step: step,
      scalars: values.map {
        .init(tag: "\(Self.tagStage(stage))/\($0.name)", value: Float($0.value))
      })
    try outputs.withLock { (outputs) throws(Problem) in
      try outputs.lines.append(Array(text.utf8))
      try outputs.events.append(EventFile.frame(event))
    }
  }

  /// Returns once everything written is on the disk. Call it before a state is saved that later
  /// steps may be resumed from: the steps before it are not computed again.
  func synchronize() throws(Problem) {
    try outputs.withLock { (outputs) throws(Problem) in
      try outputs.lines.synchronize()
      try outputs.events.synchronize()
    }
  }

  /// A stage's part of a tag, which ends at the first slash.
  private static func tagStage(_ stage: String) -> String {
    String(stage.map { $0 == "/" ? "-" : $0 })
  }
}

/// Seconds since 1970.
func wallTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
