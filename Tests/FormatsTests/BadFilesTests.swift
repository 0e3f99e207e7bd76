import Formats
import Foundation
import Kernels
import TestSupport
import Testing

/// Every malformed file of the goldens that this room can judge alone.
struct BadFilesTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let file: String
    let kind: String
    let isAccepted: Bool
    var testDescription: String { file }
  }

  static let folder = shared("goldens/bad")

  static let cases: [Case] = {
    guard let folder,
      let manifest = try? JSON.parse(file: folder.appendingPathComponent("manifest.json").path)
    else { return [] }
    return (manifest["cases"]?.array ?? []).compactMap { entry in
      guard let file = entry["file"]?.string, let kind = entry["kind"]?.string else { return nil }
      return Case(file: file, kind: kind, isAccepted: entry["expected"]?.string == "ok")
    }
  }()

  @Test(
    .enabled(if: folder != nil),
    arguments: cases.filter { ["safetensors", "gguf"].contains($0.kind) })
  func judgesFilesAsTheManifestSays(_ item: Case) throws {
    let path = try #require(Self.folder).appendingPathComponent(item.file).path
    do {
      let opened = try checkFile(path)
      #expect(item.isAccepted)
      try readEverything(opened)
    } catch {
      #expect(!item.isAccepted, "\(error)")
      let problem = try #require(error as? Problem)
      #expect(problem.kind == .badData && problem.description.contains(item.file))
    }
  }

  @Test(.enabled(if: folder != nil), arguments: cases.filter { $0.file.hasPrefix("idx_") })
  func judgesShardsAsTheManifestSays(_ item: Case) throws {
    let path = try #require(Self.folder).appendingPathComponent(item.file).path
    let found = message { _ = try ShardedTensors(directory: path) }
    #expect((found == "accepted") == item.isAccepted, "\(found)")
  }

  @Test(.enabled(if: folder != nil), arguments: cases.filter { $0.kind == "adapter directory" })
  func judgesAdaptersAsTheManifestSays(_ item: Case) throws {
    let path = try #require(Self.folder).appendingPathComponent(item.file).path
    let found = message { try checkAdapter(path) }
    #expect((found == "accepted") == item.isAccepted, "\(found)")
  }

  private func readEverything(_ file: CheckedFile) throws {
    switch file {
    case .safetensors(let file): for name in file.names { _ = try file.tensor(name) }
    case .gguf(let file): for name in file.names { _ = try file.tensor(name) }
    }
  }
}
