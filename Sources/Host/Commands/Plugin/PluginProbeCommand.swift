import ArgumentParser
import Glibc
import PluginAPI

/// `crucible plugin probe`: the child that `plugin doctor` and the guard of plugins start. Not for
/// people: it says on stdout, line by line, what it is about to do, so that its parent knows what
/// ended it.
struct PluginProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Open a library and say how it went.", shouldDisplay: false)

  @Argument(help: "Library.") var path: String
  @Flag(help: "Also make everything it registers, with default options.") var make = false

  func run() throws {
    let channel = ReportChannel()
    let file = PluginFile(path: path)
    do {
      let manifest = try file.open { channel.reach($0) }
      channel.begin(.describing)
      channel.say(PluginPage.pages(of: manifest), of: manifest)
      if make { PluginMaker(channel: channel).makeAll(manifest) }
    } catch {
      if channel.lastStamp == nil, let stamp = file.stampThroughLazyBinding() {
        channel.say(stamp)
        channel.refuse(stamp.fault(of: file) ?? error)
      } else {
        channel.refuse(error)
      }
    }
    channel.begin(.done)
  }
}

/// Makes what a library registers with default options. What they throw is no fault: options may be
/// needed.
private struct PluginMaker {
  let channel: ReportChannel

  func makeAll(_ manifest: PluginManifest) {
    for type in manifest.adapters { make(type, "adapter") }
    for type in manifest.rewards { make(type, "reward") }
    for type in manifest.strategies { make(type, "strategy") }
    for type in manifest.merges { make(type, "merge method") }
  }

  private func make<P: Plugin>(_ type: P.Type, _ kind: String) {
    channel.begin(.making, of: "\(kind) \(quoted(type.name))")
    _ = try? type.init(P.Options())
  }
}

/// The pipe to the parent. Descriptor 1 is led to stderr, so that words of the library do not get
/// between the lines.
private final class ReportChannel {
  private let descriptor: Int32
  private(set) var lastStamp: PluginStamp?

  init() {
    fflush(nil)
    descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 64)
    dup2(STDERR_FILENO, STDOUT_FILENO)
  }

  func reach(_ step: PluginFile.Step) {
    switch step {
    case .opening: begin(ProbeReport.Step.opening)
    case .entering: begin(ProbeReport.Step.entering)
    case .stamped(let stamp): say(stamp)
    }
  }

  func begin(_ step: ProbeReport.Step, of subject: String? = nil) {
    var line: JSON = ["step": .string(step.rawValue)]
    line["of"] = subject.map { .string($0) }
    write(line)
  }

  func say(_ stamp: PluginStamp) {
    lastStamp = stamp
    write(["api": .int(Int64(stamp.api)), "toolchain": .string(stamp.toolchain)])
  }

  func say(_ pages: [PluginPage], of manifest: PluginManifest) {
    write([
      "name": .string(manifest.name), "version": .string(manifest.version),
      "summary": .string(manifest.summary), "pages": .array(pages.map(\.json)),
    ])
  }

  func refuse(_ fault: PluginFault) { write(["refused": fault.json]) }

  private func write(_ line: JSON) {
    var bytes = Array((line.serialized() + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
