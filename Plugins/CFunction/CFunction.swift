import Foreign
import PluginAPI
import Synchronization

/// Scores with a C function of any shared library, called through libffi.
///
/// Everything that can be wrong with library, symbol and signature is found when the recipe is
/// read; the function itself is called for the first time when the first response is scored.
struct CFunctionReward: ExplainingReward {
  static let name = "cfunction"
  static let summary = "Calls a C function of any shared library: C, C++, Rust, Go, Zig, Fortran."

  let scope: RewardScope
  let identity: String
  private let scorer: Scorer
  private let context: FunctionContext?
  private let isParallel: Bool

  init(_ options: CFunctionOptions) throws {
    let setup = try FunctionSetup(options)
    scorer = setup.scorer
    context = setup.context
    identity = setup.identity
    isParallel = options.parallel
    scope = options.scope == .prompt ? .prompt : .response
  }

  /// One score per completion. Throws when the context cannot be made or the function wrote where
  /// it must not.
  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let calls = calls(for: batch)
    let judged: [Result<[RewardScore], Problem>]
    if isParallel {
      let pointer = try context?.pointer()
      judged = ThreadPool.shared.map(calls.count) { index in
        withUnchangedArithmetic { scorer.judge(batch[calls[index]], context: pointer) }
      }
    } else {
      judged = try Self.turn.withLock { _ in
        let pointer = try context?.pointer()
        return withUnchangedArithmetic {
          calls.map { scorer.judge(batch[$0], context: pointer) }
        }
      }
    }
    return try judged.flatMap { try $0.get() }
  }

  /// Libraries may share what is not safe to share: one call at a time, whichever reward it is of.
  private static let turn = Mutex(())

  /// The rows that go to one thread (row functions) or into one call (batch functions).
  private func calls(for batch: [Completion]) -> [Range<Int>] {
    if scope == .prompt { return batch.groupedByPrompt() }
    let parts = isParallel ? min(ThreadPool.shared.threadCount, batch.count) : 1
    return (0..<parts).map { batch.count * $0 / parts..<batch.count * ($0 + 1) / parts }
  }
}

@c(crucible_plugin_CFunction)
public func entry() -> UnsafeRawPointer {
  manifest(
    "CFunction", version: "1.0.0", summary: CFunctionReward.summary,
    rewards: [CFunctionReward.self])
}
