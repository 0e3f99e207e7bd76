internal import CProcess
internal import Glibc
public import Kernels

/// What is taken from a child before its program starts, for good and for all that it starts.
///
/// Refused calls fail as for somebody without the right to them (`EPERM`, in Python a
/// `PermissionError`). Any layer also takes root's capabilities, and refuses what administers the
/// machine (mounts, kernel modules, namespaces, bpf), looks into other processes (ptrace), shares
/// memory with them, or leaves the process group, which ends with the child. Linux on x86-64 and
/// 64-bit ARM; no rights are needed to confine.
///
/// Not covered: time, memory, sizes (see `ProcessLimits`), side channels, and faults of the kernel.
/// How much is written to the scratch folder in all is not limited, only the size of a file.
public struct Confinement: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let none: Confinement = []
  /// No sockets of any family; connected pairs (`socketpair`) may be made.
  public static let network = Confinement(rawValue: UInt32(CP_NETWORK))
  /// No processes, no signals but to itself. It may make threads and may execute another program in
  /// its own place, which stays confined. Without this layer what it starts is ended with it.
  public static let processes = Confinement(rawValue: UInt32(CP_PROCESSES))
  /// No changes to files but below the command's `folder`; no changes of rights, owners, times and
  /// attributes even there. On a kernel without Landlock nothing may be written, there neither.
  public static let files = Confinement(rawValue: UInt32(CP_FILES))
  /// No reading of files but the system's (programs, libraries, time zones; no user's), the command's
  /// `folder` and its `readable`. Needs Landlock.
  ///
  /// Without this layer a program reads what its user may read, keys included; with `.network` it can
  /// hand them to nobody but whoever reads its output.
  public static let reading = Confinement(rawValue: UInt32(CP_READING))
  public static let all: Confinement = [.network, .processes, .files, .reading]

  /// Names of the layers, for messages.
  public var names: [String] {
    let named: [(Confinement, String)] = [
      (.network, "network"), (.processes, "processes"), (.files, "files"), (.reading, "reading"),
    ]
    return named.filter { contains($0.0) }.map(\.1)
  }
}

// MARK: - What a machine can do

extension Confinement {
  /// The kernel's version of Landlock; 0: it has none. Decides about `.reading` and scratch folders.
  public static var landlockVersion: Int { Int(cp_landlock_version()) }

  /// Tries the layers in a child that then does what it may not.
  ///
  /// Throws `Problem` (78) that says which layer this machine lacks. Some milliseconds.
  public func check() throws(Problem) { try check(landlock: nil) }

  /// The layers of `all` that this machine has, each tried by itself.
  public static var available: Confinement {
    let layers: [Confinement] = [.network, .processes, .files, .reading]
    return layers.reduce(into: .none) { found, layer in
      if (try? layer.check()) != nil { found.insert(layer) }
    }
  }

  /// - Parameter landlock: Newest version of Landlock to use; nil: what the kernel has.
  func check(landlock: Int32?) throws(Problem) {
    var number: Int32 = 0
    let step = withCConfinement(readable: [], scratch: false, limit: nil, landlock: landlock) {
      cp_try_confinement($0, &number)
    }
    guard step != 0 else { return }
    throw problem(
      step: String(cString: cp_step_name(step)), reason: String(cString: strerror(number)), at: nil)
  }

  /// What a failed step of `cp_confine` means.
  func problem(step: String, reason: String, at place: String?) -> Problem {
    let layers = names.joined(separator: ", ")
    let what =
      switch step {
      case "landlock" where Self.landlockVersion == 0 || contains(.reading):
        "reading cannot be confined: the kernel has no Landlock (\(reason))"
      case "landlock": "files cannot be confined by Landlock: \(reason)"
      case "seccomp": "system calls cannot be filtered by seccomp: \(reason)"
      case "enforcement": "the kernel accepts a confinement and does not enforce it"
      default: "a child cannot be confined (\(step)): \(reason)"
      }
    let hint =
      step == "landlock"
      ? "boot with lsm=landlock,… (Linux 5.13 or newer), or leave out the layer 'reading'"
      : "allow seccomp filters here (a container's own profile may refuse them), or run it "
        + "unconfined if you trust it"
    return Problem(
      .badConfiguration, at: place, what, expected: "the layers \(layers)", hint: hint)
  }
}

// MARK: - In C's terms

extension ProcessCommand {
  /// What `cp_spawn` is told about confinement, nil where there is none.
  func withConfinement<Result>(
    of program: String, _ body: (UnsafePointer<cp_confinement>?) -> Result
  ) -> Result {
    guard !confinement.isEmpty else { return body(nil) }
    let readable = confinement.contains(.reading) ? [program] + readable : []
    return confinement.withCConfinement(
      readable: readable, scratch: folder != nil, limit: limits.processes, landlock: landlock, body)
  }
}

extension Confinement {
  /// What programs of all kinds read to start; nothing in here is a user's.
  private static let system = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/alternatives", "/etc/localtime",
    "/etc/timezone", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types",
    "/etc/ssl/openssl.cnf", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm",
    "/sys/devices/system/cpu",
  ]

  fileprivate func withCConfinement<Result>(
    readable: [String], scratch: Bool, limit: Int?, landlock: Int32?,
    _ body: (UnsafePointer<cp_confinement>) -> Result
  ) -> Result {
    withCStrings(contains(.reading) ? Self.system + readable : nil) { readable in
      // The child is in its folder by then.
      ".".withCString { here in
        var confinement = cp_confinement(
          layers: rawValue, scratch: scratch ? here : nil, readable: readable,
          processes: Int64(limit ?? -1), landlock: landlock ?? -1)
        return withUnsafePointer(to: &confinement, body)
      }
    }
  }
}
