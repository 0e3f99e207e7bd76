import Foundation
import PluginAPI

/// What probes found of libraries, kept from run to run in one file of the user's cache:
/// `$XDG_CACHE_HOME/crucible/plugin-probes.json`, else below `~/.cache`.
///
/// A verdict holds for one file (path, size, inode, time of change) and one core. Losing the file
/// costs a probe a library; nothing that is trusted follows from it.
struct ProbeVerdicts {
  /// Nil: nothing is kept.
  let path: String?

  enum Verdict {
    case survived
    case refused(PluginFault)
  }

  static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ProbeVerdicts {
    let folder =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? environment["HOME"].map { $0 + "/.cache" }
    return ProbeVerdicts(path: folder.map { $0 + "/crucible/plugin-probes.json" })
  }

  /// Nil when there is none for the library as it is.
  func verdict(of file: PluginFile) -> Verdict? {
    guard let entry = read()[file.absolutePath], let mark = Self.mark(of: file.path),
      entry["file"]?.string == mark
    else { return nil }
    guard let fault = entry["fault"] else { return .survived }
    return PluginFault(json: fault, path: file.path).map { .refused($0) }
  }

  /// Keeps a verdict (nil: survived) and forgets those of files that are gone. What cannot be
  /// written is probed again next time.
  func record(_ fault: PluginFault?, of file: PluginFile) {
    guard let path, let mark = Self.mark(of: file.path) else { return }
    var entries = read()
    for gone in entries.keys where access(gone, F_OK) != 0 { entries[gone] = nil }
    var entry: JSON = ["file": .string(mark)]
    entry["fault"] = fault?.json
    entries[file.absolutePath] = entry
    let whole: JSON = [
      "version": 1, "core": .string(Self.core), "libraries": .object(entries),
    ]
    try? makeDirectories((path as NSString).deletingLastPathComponent)
    try? writeAtomically(path: path, text: whole.serialized(pretty: true) + "\n")
  }

  private func read() -> JSONObject {
    guard let path, fileExists(path), let json = try? JSON.parse(file: path),
      json["version"]?.int == 1, json["core"]?.string == Self.core
    else { return JSONObject() }
    return json["libraries"]?.object ?? JSONObject()
  }

  /// The core and the program that verdicts hold for.
  private static let core: String = {
    let core = mark(of: "\(executableFolder)/libCrucibleCore.so") ?? "none"
    return "\(core) api \(PluginHeader.api)"
  }()

  /// Changes whenever the file does; nil when there is none.
  private static func mark(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let time = status.st_mtim
    return "\(status.st_size) \(status.st_dev):\(status.st_ino) \(time.tv_sec).\(time.tv_nsec)"
  }
}
