public import Kernels

/// What a program that ran to its end left.
public struct ProcessResult: Sendable {
  public var exit: ProcessExit
  /// Whether it was ended because its time was up.
  public var timedOut: Bool
  /// Its stdout, cut at the limit.
  public var output: [UInt8]
  /// The last 64 KiB of its stderr.
  public var error: String
  /// Whether it wrote more than the limit, and was ended for it.
  public var outputWasCut: Bool
  /// From its start to its end.
  public var seconds: Double

  public var outputText: String { String(decoding: output, as: UTF8.self) }
  /// Whether it ended by itself with code 0.
  public var succeeded: Bool { exit == .code(0) && !timedOut && !outputWasCut }
}

extension ProcessCommand {
  /// Runs the program to its end, with `input` on its stdin.
  ///
  /// It is ended, with everything in its process group, when `deadlineSeconds` have passed or it
  /// has written more than `outputLimit` bytes. Throws `Problem` when it cannot be started.
  public func run(
    input: [UInt8] = [], deadlineSeconds: Double, outputLimit: Int = 1 << 20
  ) throws(Problem) -> ProcessResult {
    let start = ContinuousClock.now
    let deadline = start + .seconds(deadlineSeconds)
    let child = try ChildProcess(self)
    var unsent = input[...]
    if unsent.isEmpty { child.closeInput() }
    var output: [UInt8] = []
    var (timedOut, wasCut, isOpen) = (false, false, true)
    while isOpen || child.poll() == nil {
      if ContinuousClock.now >= deadline {
        timedOut = true
        break
      }
      Self.feed(child, &unsent)
      ChildProcess.wait(
        for: [child], writing: [!unsent.isEmpty], milliseconds: isOpen ? 20 : 1)
      // Asked before its output is read: what it wrote last lies in the pipe when it has ended.
      let hasEnded = child.poll() != nil
      let count = isOpen ? child.receive(into: &output) : nil
      if isOpen { isOpen = count != nil }
      if output.count > outputLimit {
        (wasCut, output) = (true, Array(output.prefix(outputLimit)))
        break
      }
      // What it started may hold its stdout open for ever.
      if hasEnded, (count ?? 0) == 0 { break }
    }
    let exit = timedOut || wasCut ? child.kill() : child.wait()
    ChildProcess.wait(for: [child], writing: [false], milliseconds: 0)
    let elapsed = (ContinuousClock.now - start).components
    return ProcessResult(
      exit: exit, timedOut: timedOut, output: output, error: child.errorText,
      outputWasCut: wasCut,
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
  }

  private static func feed(_ child: ChildProcess, _ unsent: inout ArraySlice<UInt8>) {
    guard !unsent.isEmpty else { return }
    guard let taken = child.send(unsent.prefix(1 << 16)) else {
      unsent = []
      return
    }
    unsent = unsent.dropFirst(taken)
    if unsent.isEmpty { child.closeInput() }
  }
}
