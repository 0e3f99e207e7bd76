/// When an unfinished stage's state is worth saving: often enough that a kill costs little, so
/// seldom that saving takes a twentieth of the time at most.
struct SavePace {
  private let clock: () -> Double
  private var savedAt: Double
  /// How long the last save took.
  private var cost = 0.0

  private static let shortestSeconds = 2.0
  private static let costFactor = 20.0

  /// - Parameter clock: Monotonic seconds.
  init(clock: @escaping () -> Double) {
    self.clock = clock
    savedAt = clock()
  }

  /// Calls `save` when it is time to.
  mutating func saveWhenDue(_ save: () throws -> Void) rethrows {
    let start = clock()
    guard start - savedAt >= max(Self.shortestSeconds, Self.costFactor * cost) else { return }
    try save()
    savedAt = clock()
    cost = savedAt - start
  }
}
