import Foundation

/// A compiler that can make shared libraries with C functions in them.
public enum Compiler: String, Sendable {
  case c, cpp, rust, fortran

  /// Where it is, nil when this machine has none: tests that need it are then skipped.
  public var path: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(program)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  public var isThere: Bool { path != nil }

  private var program: String {
    switch self {
    case .c: "cc"
    case .cpp: "g++"
    case .rust: "rustc"
    case .fortran: "gfortran"
    }
  }

  private var suffix: String {
    switch self {
    case .c: "c"
    case .cpp: "cpp"
    case .rust: "rs"
    case .fortran: "f90"
    }
  }

  private func arguments(_ source: String, _ output: String) -> [String] {
    switch self {
    case .rust: ["--crate-type", "cdylib", "-o", output, source]
    default: ["-shared", "-fPIC", "-O1", "-o", output, source]
    }
  }

  /// Compiles `text` to `libNAME.so` in `folder`; returns its path.
  public func library(_ name: String, _ text: String, in folder: String) throws -> String {
    let source = "\(folder)/\(name).\(suffix)"
    let output = "\(folder)/lib\(name).so"
    try text.write(toFile: source, atomically: true, encoding: .utf8)
    try run(arguments(source, output))
    return output
  }

  /// Runs the compiler; throws with what it said when it fails.
  public func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "/bin/false")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let said = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CompilerError(text: String(decoding: said, as: UTF8.self))
    }
  }
}

public struct CompilerError: Error, CustomStringConvertible {
  let text: String
  public var description: String { text }
}

/// A folder for one test, removed with everything in it.
public final class TestFolder: Sendable {
  public let path: String

  public init() throws {
    path = NSTemporaryDirectory() + "crucible-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }
}
