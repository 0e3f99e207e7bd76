import Foundation
import Testing

@testable import Host

/// Runs only where a Python with the tensorboard package is found: `CRUCIBLE_PYTHON`, else `python3`.
struct TensorBoardReaderTests {
  private static let python = ProcessInfo.processInfo.environment["CRUCIBLE_PYTHON"] ?? "python3"
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../scripts/check-tensorboard").standardizedFileURL.path

  /// Exit code and output of a command; nil when it cannot be started.
  private static func run(_ arguments: [String]) -> (code: Int32, output: String)? {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  private static let hasTensorBoard = run([python, "-c", "import tensorboard"])?.code == 0

  @Test(.enabled(if: hasTensorBoard)) func tensorBoardReadsEveryValue() throws {
    try withTemporaryFolder { folder in
      let first = try MetricsWriter(folder: folder)
      for step in 1...30 {
        try first.write(
          stage: "wrpo", step: step,
          [
            ("loss", 0.7 / Double(step)), ("rewards/margins", 1e-12 * Double(step)),
            ("grad_norm", step == 3 ? .nan : 1e30), ("tokens_per_second", 12345.678),
          ])
      }
      let resumed = try MetricsWriter(folder: folder)
      try resumed.begin(stage: "wrpo", after: 20)
      try resumed.write(stage: "wrpo", step: 21, [("loss", -1)])
      let result = try #require(Self.run([Self.python, Self.script, folder]))
      #expect(result.code == 0, "\(result.output)")
      #expect(result.output == "80 values of 4 tags agree\n")
    }
  }
}
