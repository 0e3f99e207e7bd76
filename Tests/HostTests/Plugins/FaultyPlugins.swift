import Foundation
import PluginAPI
import Processes

@testable import Host

/// Real libraries with every fault a plugin can have, compiled once a test run.
///
/// One Swift source holds the entries of several plugins: a copy of the library under the name that
/// an entry carries is that plugin. The C ones differ by a macro.
struct FaultyPlugins: Sendable {
  /// Holds every library of `all`.
  let folder: String

  static let swiftNames = [
    "Misbehaves", "Twin", "OtherAPI", "OtherToolchain", "TrapsInEntry", "TrapsInInit", "BadName",
  ]
  static let cNames = [
    "CrashesInConstructor", "ExitsInConstructor", "HangsInEntry", "EatsMemory", "NoHeader",
  ]
  static let all = swiftNames + cNames

  /// Nil where no compiler is there.
  static let shared: FaultyPlugins? = {
    let folder = NSTemporaryDirectory() + "crucible-faulty-\(getpid())"
    return (try? FaultyPlugins(folder: folder)) ?? nil
  }()

  static let skipReason = "needs swiftc and cc, to build the faulty plugins"

  private init?(folder: String) throws {
    guard Self.has("swiftc"), Self.has("cc") else { return nil }
    self.folder = folder
    try makeDirectories(folder)
    try Self.swiftSource.write(toFile: "\(folder)/Faulty.swift", atomically: true, encoding: .utf8)
    try Self.cSource.write(toFile: "\(folder)/faulty.c", atomically: true, encoding: .utf8)
    try buildSwift()
    for name in Self.cNames { try buildC(name) }
  }

  func path(_ name: String) -> String { "\(folder)/lib\(name).so" }

  /// A fresh folder with copies of some of them.
  func copied(_ names: [String]) throws -> String {
    let fresh = try temporaryFolder()
    for name in names {
      try FileManager.default.copyItem(atPath: path(name), toPath: "\(fresh)/lib\(name).so")
    }
    return fresh
  }

  // MARK: - Building

  private func buildSwift() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../..").standardized.path
    // The modules import those of C internally; a compiler that tests them wants to see these too.
    let maps = [
      "\(productsFolder)/CKernels.build/module.modulemap",
      "\(productsFolder)/CProcess.build/module.modulemap",
      "\(root)/Sources/CYAML/module.modulemap", "\(root)/Sources/CPCRE2/module.modulemap",
    ].filter(fileExists).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
    let first = path(Self.swiftNames[0])
    try Self.run(
      ["swiftc", "-O", "-parse-as-library", "-emit-library", "-module-name", "Faulty"] + maps + [
        "-I", "\(productsFolder)/Modules", "-L", productsFolder, "-lCrucibleCore",
        "\(folder)/Faulty.swift", "-o", first,
      ])
    for name in Self.swiftNames.dropFirst() {
      try? FileManager.default.removeItem(atPath: path(name))
      try FileManager.default.copyItem(atPath: first, toPath: path(name))
    }
  }

  private func buildC(_ name: String) throws {
    try Self.run([
      "cc", "-shared", "-fPIC", "-D\(name)", "-DENTRY=crucible_plugin_\(name)",
      "\(folder)/faulty.c", "-o", path(name),
    ])
  }

  private static func run(_ arguments: [String]) throws {
    let result = try ProcessCommand(arguments).run(deadlineSeconds: 300)
    guard result.succeeded else { throw Problem(.failed, "\(arguments[0]): \(result.error)") }
  }

  private static func has(_ program: String) -> Bool {
    (try? ProcessCommand([program, "--version"]).run(deadlineSeconds: 60).succeeded) == true
  }
}

/// A fresh folder that only the user may write.
func temporaryFolder() throws -> String {
  let folder = NSTemporaryDirectory() + "crucible-plugins-\(UUID().uuidString)"
  try FileManager.default.createDirectory(
    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  return folder
}

extension FaultyPlugins {
  fileprivate static let swiftSource = #"""
    import Glibc
    import PluginAPI

    struct Misbehaves: RewardModel {
      static let name = "misbehaves"
      static let summary = "Does what a reward should not."

      enum Mode: String, OptionChoice {
        case well, nan, infinite, fewer, throwing, problem, printing, trapping, exiting, recursing
      }

      struct Options: PluginOptions {
        @Setting("What it does.") var mode = Mode.well
        @Setting("Whether making it traps.") var trap = false
      }

      let mode: Mode

      init(_ options: Options) throws {
        if options.trap { fatalError("made to trap") }
        mode = options.mode
      }

      func scores(_ batch: [Completion]) throws -> [Float] {
        switch mode {
        case .well: break
        case .nan: return batch.map { _ in .nan }
        case .infinite: return batch.map { _ in .infinity }
        case .fewer: return Array(repeating: 1, count: batch.count - 1)
        case .throwing: throw Strange()
        case .problem:
          throw Problem(.failed, String(repeating: "long \u{1B}[31m ", count: 1 << 20))
        case .printing: print("words of a reward")
        case .trapping: fatalError("trapped on purpose")
        case .exiting: exit(0)
        case .recursing: return [Float(deep(batch.count))]
        }
        return batch.map { Float($0.response.utf8.count) }
      }

      @inline(never) private func deep(_ n: Int) -> Int { n == -1 ? 0 : deep(n + 1) &* 3 + n }
    }

    struct Strange: Error, CustomStringConvertible {
      var description: String {
        "\u{1B}[31mred\n" + String(repeating: "0123456789abcdef", count: 4 << 20)
      }
    }

    struct TrapsInInit: RewardModel {
      static let name = "traps-in-init"
      static let summary = "Cannot be made."
      init(_ options: NoOptions) { fatalError("no initialiser") }
      func scores(_ batch: [Completion]) -> [Float] { [] }
    }

    struct BadName: RewardModel {
      static let name = "two words\u{1B}[31m"
      static let summary = "Has no name."
      init(_ options: NoOptions) {}
      func scores(_ batch: [Completion]) -> [Float] { [] }
    }

    @c(crucible_plugin_Misbehaves)
    public func misbehavesEntry() -> UnsafeRawPointer {
      print("words of an entry")
      return manifest("Misbehaves", version: "1.2.3", rewards: [Misbehaves.self])
    }

    @c(crucible_plugin_Twin)
    public func twinEntry() -> UnsafeRawPointer {
      manifest("Twin", version: "1.0.0", rewards: [Misbehaves.self])
    }

    @c(crucible_plugin_OtherAPI)
    public func otherAPIEntry() -> UnsafeRawPointer {
      manifest("OtherAPI", version: "1.0.0", rewards: [Misbehaves.self], api: 99)
    }

    @c(crucible_plugin_OtherToolchain)
    public func otherToolchainEntry() -> UnsafeRawPointer {
      manifest(
        "OtherToolchain", version: "1.0.0", rewards: [Misbehaves.self], toolchain: "swift-5.9")
    }

    @c(crucible_plugin_TrapsInEntry)
    public func trapsInEntry() -> UnsafeRawPointer { fatalError("no manifest today") }

    @c(crucible_plugin_TrapsInInit)
    public func trapsInInitEntry() -> UnsafeRawPointer {
      manifest("TrapsInInit", version: "1.0.0", rewards: [TrapsInInit.self])
    }

    @c(crucible_plugin_BadName)
    public func badNameEntry() -> UnsafeRawPointer {
      manifest("BadName", version: "1.0.0", rewards: [BadName.self])
    }
    """#

  fileprivate static let cSource = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <unistd.h>

    #ifdef CrashesInConstructor
    __attribute__((constructor)) static void begin(void) { *(volatile int *)0 = 1; }
    #endif
    #ifdef ExitsInConstructor
    __attribute__((constructor)) static void begin(void) { exit(0); }
    #endif

    const void *ENTRY(void) {
      static const char nothing[32];
    #ifdef HangsInEntry
      for (;;) sleep(1000);
    #endif
    #ifdef EatsMemory
      while (malloc((size_t)256 << 20)) {
      }
      fputs("memory is out\\n", stderr);
      abort();
    #endif
      return nothing;
    }
    """
}
