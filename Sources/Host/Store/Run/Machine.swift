import Formats
import Glibc

/// The machine a run runs on, as its manifest tells it.
struct Machine: Equatable, Sendable {
  /// The processor's own name; `unknown` where the system does not say.
  var cpu: String
  /// Cores that the system has on line.
  var cores: Int
  /// Threads the tensor core computes with. Results are the same, bit for bit, only for the same
  /// number.
  var threads: Int
  var memoryBytes: Int64
  /// Kernel and instruction set: `Linux 6.1.0 x86_64`.
  var system: String

  /// This machine, computing with `threads` threads.
  static func current(threads: Int) -> Machine {
    let pages = Int64(max(0, sysconf(Int32(_SC_PHYS_PAGES))))
    let pageBytes = Int64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    return Machine(
      cpu: cpuName, cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), threads: threads,
      memoryBytes: pages * pageBytes, system: systemName)
  }

  /// The name of this host; `localhost` where it has none.
  static let hostName: String = {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
    let name = text(bytes)
    return name.isEmpty ? "localhost" : name
  }()

  var json: JSON {
    [
      "cpu": .string(cpu), "cores": .int(Int64(cores)), "threads": .int(Int64(threads)),
      "memory_bytes": .int(memoryBytes), "system": .string(system),
    ]
  }

  private static var cpuName: String {
    guard let bytes = try? LocalFiles.read("/proc/cpuinfo", limit: 1 << 16) else {
      return "unknown"
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].hasPrefix("model name") else { continue }
      return String(parts[1].drop { $0 == " " })
    }
    return "unknown"
  }

  private static var systemName: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return [text(of: names.sysname), text(of: names.release), text(of: names.machine)]
      .joined(separator: " ")
  }

  /// A C string inside a fixed array, which Swift imports as a tuple.
  private static func text(of field: some Any) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
