internal import Glibc

/// The factor on the learning rate at each step.
public struct Schedule: Sendable, Equatable {
  /// Names as in recipes and in transformers.
  public enum Kind: String, Sendable, CaseIterable {
    case cosine, linear, constant
    case constantWithWarmup = "constant_with_warmup"
  }

  public let kind: Kind
  public let warmupSteps: Int
  public let totalSteps: Int

  /// - Parameters:
  ///   - warmupSteps: the factor rises linearly from 0 over them (not for `constant`).
  ///   - totalSteps: where cosine and linear reach 0.
  public init(_ kind: Kind, warmupSteps: Int = 0, totalSteps: Int) {
    self.kind = kind
    self.warmupSteps = kind == .constant ? 0 : max(0, warmupSteps)
    self.totalSteps = totalSteps
  }

  /// Warm-up as a share of all steps, rounded up.
  public init(_ kind: Kind, warmupRatio: Double, totalSteps: Int) {
    self.init(
      kind, warmupSteps: Int((warmupRatio * Double(totalSteps)).rounded(.up)),
      totalSteps: totalSteps)
  }

  /// The factor of step `step`, counted from 0: so with warm-up the first step has rate 0.
  public func factor(_ step: Int) -> Double {
    if step < warmupSteps { return Double(step) / Double(warmupSteps) }
    let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
    switch kind {
    case .cosine: return max(0, 0.5 * (1 + cos(.pi * progress)))
    case .linear: return max(0, 1 - progress)
    case .constant, .constantWithWarmup: return 1
    }
  }
}
