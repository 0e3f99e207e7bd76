internal import CProcess
internal import Glibc
public import Kernels

/// How a child ended.
public enum ProcessExit: Sendable, Equatable, CustomStringConvertible {
  case code(Int32)
  case signal(Int32)

  public var description: String {
    switch self {
    case .code(let code): "exit code \(code)"
    case .signal(let number): "signal \(number) (\(String(cString: strsignal(number))))"
    }
  }
}

/// A running child with pipes on its stdin, stdout and stderr.
///
/// It has a process group of its own, ends with it when this object goes, and when the thread that
/// started it ends. Used from one thread at a time.
public final class ChildProcess {
  public let pid: Int32
  private var input: Int32
  private let output: Int32
  private let error: Int32
  private var outputIsOpen = true
  private var errorIsOpen = true
  private var exit: ProcessExit?
  private var errorBytes: [UInt8] = []
  private static let keptErrorBytes = 64 << 10

  /// Starts it. Throws `Problem` when the program is missing (66), is none (78), or cannot be
  /// started.
  public init(_ command: ProcessCommand) throws(Problem) {
    let child = try command.spawn(command.program())
    (pid, input, output, error) = (child.pid, child.input, child.output, child.error)
  }

  deinit {
    kill()
    closeInput()
    close(output)
    close(error)
  }

  /// What it has written on stderr, the last 64 KiB.
  public var errorText: String { String(decoding: errorBytes, as: UTF8.self) }

  /// The last line of stderr that says something; nil without one.
  public var lastErrorLine: String? {
    errorText.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
      .map(String.init)
  }

  // MARK: - Pipes

  /// Gives it what its pipe takes now.
  /// - Returns: Bytes taken, 0 when the pipe is full; nil when it reads no more.
  public func send(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard input >= 0 else { return nil }
    let written = bytes.withUnsafeBytes { cp_write(input, $0.baseAddress, $0.count) }
    if written >= 0 { return written }
    if errno == EAGAIN || errno == EINTR { return 0 }
    closeInput()
    return nil
  }

  /// Tells it that nothing more will come.
  public func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Appends what it has written on stdout, at most `limit` bytes.
  /// - Returns: Bytes appended, 0 when there are none now; nil at the end.
  public func receive(into bytes: inout [UInt8], limit: Int = 1 << 16) -> Int? {
    guard outputIsOpen else { return nil }
    let count = Self.read(output, into: &bytes, limit: limit)
    if count == nil { outputIsOpen = false }
    return count
  }

  /// Waits until one of `children` has something to say, or takes what `writing` wants to give, or
  /// `milliseconds` have passed. Keeps what they write on stderr.
  public static func wait(
    for children: [ChildProcess], writing: [Bool], milliseconds: Int
  ) {
    var requests: [pollfd] = []
    for (child, writes) in zip(children, writing) {
      let wants = writes && child.input >= 0
      requests.append(pollfd(fd: wants ? child.input : -1, events: Int16(POLLOUT), revents: 0))
      let out = child.outputIsOpen ? child.output : -1
      requests.append(pollfd(fd: out, events: Int16(POLLIN), revents: 0))
      let err = child.errorIsOpen ? child.error : -1
      requests.append(pollfd(fd: err, events: Int16(POLLIN), revents: 0))
    }
    let time = Int32(clamping: max(0, milliseconds))
    _ = Glibc.poll(&requests, nfds_t(requests.count), time)
    for child in children { child.drainErrors() }
  }

  private func drainErrors() {
    var rounds = 0
    // A child that floods stderr must not keep us here.
    while errorIsOpen, rounds < 16 {
      rounds += 1
      guard let count = Self.read(error, into: &errorBytes, limit: 1 << 16) else {
        errorIsOpen = false
        break
      }
      if errorBytes.count > 2 * Self.keptErrorBytes {
        errorBytes.removeFirst(errorBytes.count - Self.keptErrorBytes)
      }
      if count == 0 { break }
    }
  }

  private static func read(
    _ descriptor: Int32, into bytes: inout [UInt8], limit: Int
  ) -> Int? {
    var status = 0
    let before = bytes.count
    let fresh = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      status = Glibc.read(descriptor, buffer.baseAddress, limit)
      count = max(0, status)
    }
    if status > 0 { bytes += fresh }
    if status == 0 { return nil }
    if status < 0, errno != EAGAIN, errno != EINTR { return nil }
    return bytes.count - before
  }

  // MARK: - The end

  /// How it ended; nil while it runs.
  public func poll() -> ProcessExit? {
    if exit == nil { exit = reaped(block: false) }
    return exit
  }

  /// Waits until it ends by itself.
  public func wait() -> ProcessExit {
    if let exit = poll() { return exit }
    let ended = reaped(block: true) ?? .code(-1)
    exit = ended
    return ended
  }

  /// Ends it and all of its group. Does nothing when it has ended, as its group ended with it.
  @discardableResult
  public func kill() -> ProcessExit {
    if let exit { return exit }
    Glibc.kill(-pid, SIGKILL)
    Glibc.kill(pid, SIGKILL)
    return wait()
  }

  private func reaped(block: Bool) -> ProcessExit? {
    var (code, signal): (Int32, Int32) = (0, 0)
    switch cp_wait(pid, block ? 1 : 0, &code, &signal) {
    case 1: return signal == 0 ? .code(code) : .signal(signal)
    case 0: return nil
    default: return .code(-1)
    }
  }
}

extension ProcessCommand {
  fileprivate func spawn(_ path: String) throws(Problem) -> cp_child {
    var child = cp_child()
    var step: UnsafePointer<CChar>?
    let variables = environment.map { $0.sorted { $0.key < $1.key }.map { "\($0)=\($1)" } }
    let number = withCStrings(arguments) { argv in
      withCStrings(variables) { envp in
        withCString(folder) { folder in
          path.withCString { path in
            withConfinement(of: String(cString: path)) { confinement in
              var command = cp_command(
                path: path, argv: argv, envp: envp, folder: folder, memory_bytes: limits.memory,
                cpu_seconds: limits.cpu, file_bytes: limits.file, open_files: limits.files,
                confinement: confinement)
              return cp_spawn(&command, &child, &step)
            }
          }
        }
      }
    }
    guard number != 0 else { return child }
    throw failure(path, step: step.map { String(cString: $0) } ?? "start", number)
  }

  private func failure(_ path: String, step: String, _ number: Int32) -> Problem {
    let reason = String(cString: strerror(number))
    switch step {
    case "folder":
      return Problem(.missingInput, at: folder, "cannot be entered: \(reason)")
    case "start" where number == ENOEXEC:
      return Problem(
        .badConfiguration, at: path, "cannot be run: it is no program of this machine",
        hint: "a script begins with a line like #!/usr/bin/env python3")
    case "start":
      return Problem(.badConfiguration, at: path, "cannot be run: \(reason)")
    case "pipe", "fork", "limits":
      return Problem(.failed, at: path, "a child cannot be started (\(step)): \(reason)")
    default:
      return confinement.problem(step: step, reason: reason, at: path)
    }
  }
}

extension ProcessLimits {
  fileprivate var memory: Int64 { Int64(memoryBytes ?? -1) }
  fileprivate var cpu: Int64 { Int64(cpuSeconds ?? -1) }
  fileprivate var file: Int64 { Int64(fileBytes ?? -1) }
  fileprivate var files: Int64 { Int64(openFiles ?? -1) }
}

/// NULL-terminated C strings for the time of a call; nil stays NULL.
func withCStrings<Result>(
  _ texts: [String]?, _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
  guard let texts else { return body(nil) }
  var copies: [UnsafePointer<CChar>?] = texts.map { UnsafePointer(strdup($0)) }
  copies.append(nil)
  defer { for copy in copies { free(UnsafeMutablePointer(mutating: copy)) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress) }
}

private func withCString<Result>(
  _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let text else { return body(nil) }
  return text.withCString { body($0) }
}
