import PluginAPI

/// How much of the winner is the source's response: alpha at each update.
struct AlphaSchedule: Sendable, Equatable {
  /// The value that a dynamic schedule climbs to and a static one keeps, in 0...1.
  let end: Double
  /// Linear from 0, as the authors' code does (the paper's figure draws a convex curve).
  let isDynamic: Bool

  /// alpha while `progress.step` updates are finished: 0 in the first, never quite `end` in the
  /// last.
  func alpha(_ progress: TrainingProgress) -> Double {
    guard isDynamic, progress.step < progress.totalSteps else { return end }
    return end * (Double(progress.step) / Double(progress.totalSteps))
  }
}
