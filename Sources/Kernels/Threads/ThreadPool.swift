internal import CKernels
internal import Glibc

/// The threads that everything computes on, OpenBLAS included.
///
/// There is one, `shared`, sized to the cores this process may use (affinity mask and cgroup
/// quota), or to `CRUCIBLE_THREADS`. Results depend on the number of threads only where a
/// reduction is split by it, never on which thread ran what.
public final class ThreadPool: @unchecked Sendable {  // the C pool is safe to share
  public static let shared = ThreadPool(threads: defaultThreadCount)

  /// Threads that compute, the caller's among them.
  public let threadCount: Int
  private let pool: OpaquePointer?

  /// A pool of its own for tests and benchmarks; its threads live as long as the process.
  public init(threads: Int) {
    pool = ck_pool_create(max(1, threads))
    threadCount = pool.map { ck_pool_threads($0) } ?? 1
  }

  /// Calls `body(0)` … `body(count - 1)`, each once, on any of the threads, and returns when all
  /// are done. Indices may run at the same time: they must not write the same memory. Inside a
  /// body, or while another thread uses the pool, the calling thread does all the work.
  /// [any thread, concurrently]
  public func parallel(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1, threadCount > 1, let pool else {
      for index in 0..<max(0, count) { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { address in
        ck_pool_run(
          pool, count,
          { context, index in
            context.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
          }, UnsafeMutableRawPointer(mutating: address))
      }
    }
  }

  /// Splits `0..<count` in at most one range a thread, each a multiple of `grain` long (the last
  /// may be shorter), and runs `body` on them. Equal for equal `count`, `grain` and threads.
  public func parallel(over count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    let grains = (count + grain - 1) / grain
    let parts = min(threadCount, grains)
    if parts <= 1 {
      if count > 0 { body(0..<count) }
      return
    }
    parallel(parts) { part in
      let start = grains * part / parts * grain
      let end = min(count, grains * (part + 1) / parts * grain)
      body(start..<end)
    }
  }

  /// The results of `body(0)` … `body(count - 1)` in order, computed as by `parallel`.
  public func map<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { buffer, filled in
      if let base = buffer.baseAddress {
        parallel(count) { (base + $0).initialize(to: body($0)) }
      }
      filled = count
    }
  }

  private static var defaultThreadCount: Int {
    if let text = getenv("CRUCIBLE_THREADS"), let count = Int(String(cString: text)), count > 0 {
      return min(count, 1024)
    }
    return ck_cpu_count()
  }
}
