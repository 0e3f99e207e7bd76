import Foundation

/// The checkout these tests were built from.
public let repositoryRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A file or folder of the shared goldens beside the checkout, nil when they are absent (a user's
/// clone has none; tests that need them are skipped with `.enabled(if:)`). `CRUCIBLE_SHARED`
/// names the folder when the checkout lies elsewhere.
public func shared(_ path: String) -> URL? {
  let root =
    ProcessInfo.processInfo.environment["CRUCIBLE_SHARED"].map { URL(fileURLWithPath: $0) }
    ?? repositoryRoot.deletingLastPathComponent().appendingPathComponent("shared")
  let url = root.appendingPathComponent(path)
  return FileManager.default.fileExists(atPath: url.path) ? url : nil
}
