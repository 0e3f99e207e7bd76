import Foundation
import Testing

@testable import Merging

/// What lies on the disk after merges that end well, badly or early.
struct MergeFolderTests {
  private static let both = "merge_method: present\nmodels: [{model: base}, {model: a}]\n"
  private let models: PlanningModels
  private var out: String { models.folder.path("runs/out") }

  init() throws {
    models = try PlanningModels()
    try makeDirectories(models.folder.path("runs"))
  }

  private func left() throws -> [String] { try models.folder.names(in: "runs") }

  /// The problem that a merge ends with; nil when it ends well.
  private func problem(
    _ text: String = both, to target: String? = nil, settings: Merge.Settings = .init(),
    check: () throws -> Void = {}
  ) throws -> Problem? {
    do {
      try models.merge(text).run(to: target ?? out, settings: settings, check: check)
      return nil
    } catch let problem as Problem {
      return problem
    }
  }

  private func weights(_ folder: String) -> Data? {
    FileManager.default.contents(atPath: "\(folder)/model.safetensors")
  }

  // MARK: - Targets

  @Test func aSlashAtTheEndIsNoFolderInside() throws {
    #expect(try problem(to: out + "///") == nil)
    #expect(try left() == ["out"])
    #expect(try !models.folder.names(in: "runs/out").contains { $0.contains("journal") })
  }

  @Test func emptyFoldersAndLinksToThemAreFilled() throws {
    try makeDirectories(out)
    #expect(try problem() == nil)
    try makeDirectories(models.folder.path("runs/real"))
    let link = models.folder.path("runs/link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
    #expect(try problem(to: link) == nil)
    #expect(weights(models.folder.path("runs/real")) == weights(out) && weights(out) != nil)
    #expect(try left() == ["link", "out", "real"])
  }

  @Test func targetsWithFilesAreRefused() throws {
    try makeDirectories(out)
    try writeAtomically(path: "\(out)/notes.txt", text: "mine")
    #expect(try problem()?.kind == .cannotWrite)
    #expect(try problem(to: "\(out)/notes.txt")?.kind == .cannotWrite)
    #expect(try problem(to: "\(out)/notes.txt/out")?.kind == .cannotWrite)
    #expect(try problem(to: models.folder.path("base"))?.kind == .cannotWrite)
    #expect(try models.folder.names(in: "runs/out") == ["notes.txt"])
  }

  /// A folder that has the name of the one a merge works in is left alone.
  @Test func foldersInTheWayAreLeftAlone() throws {
    try makeDirectories(out + ".merging")
    try writeAtomically(path: "\(out).merging/notes.txt", text: "mine")
    let found = try problem()
    #expect(found?.kind == .cannotWrite && found?.what.contains("in the way") == true)
    #expect(try models.folder.names(in: "runs/out.merging") == ["notes.txt"])
  }

  // MARK: - Merges that stop

  @Test func whatIsFinishedIsNotDoneAgain() throws {
    let whole = models.folder.path("runs/whole")
    #expect(try problem(to: whole) == nil)
    try models.write("a", TinyCheckpoint.many(seed: 2))
    try models.write("base", TinyCheckpoint.many(seed: 1))
    try models.merge(Self.both).run(to: models.folder.path("runs/many"))
    var checks = 0
    #expect(throws: CancellationError.self) {
      try models.merge(Self.both).run(to: out) {
        checks += 1
        if checks == 2 { throw CancellationError() }
      }
    }
    #expect(checks == 2 && !fileExists(out))
    var settings = Merge.Settings()
    settings.resumes = true
    var again = 0
    try models.merge(Self.both).run(to: out, settings: settings, check: { again += 1 })
    #expect(weights(out) == weights(models.folder.path("runs/many")))
    var full = 0
    try models.merge(Self.both).run(
      to: models.folder.path("runs/full"), check: { full += 1 })
    #expect(again == full - 1)
    #expect(try left() == ["full", "many", "out", "whole"])
  }

  /// Other seeds, configs and inputs are other merges: nothing of the first is taken.
  @Test func anotherMergeStartsOver() throws {
    let stop: () throws -> Void = { throw CancellationError() }
    #expect(throws: CancellationError.self) {
      try models.merge(Self.both).run(to: out, check: stop)
    }
    var settings = Merge.Settings()
    settings.resumes = true
    settings.seed = 5
    #expect(try problem(settings: settings) == nil)
    #expect(try left() == ["out"])
  }

  @Test func theSecondMergeIntoOneTargetIsRefused() throws {
    var second: Problem?
    let found = try problem {
      if second == nil { second = try problem() }
    }
    #expect(found == nil && second?.kind == .cannotWrite)
    #expect(second?.what.contains("another merge") == true)
    #expect(try left() == ["out"])
  }

  // MARK: - Inputs that change

  @Test(arguments: ["model.safetensors", "config.json"])
  func inputsThatAreReplacedAreNoticed(name: String) throws {
    let path = models.folder.path("a/\(name)")
    let found = try problem {
      guard let data = FileManager.default.contents(atPath: path) else { return }
      try data.write(to: URL(fileURLWithPath: path + ".new"))
      _ = rename(path + ".new", path)
    }
    #expect(found?.kind == .inputOutput && found?.place == path, "\(String(describing: found))")
    #expect(try left().isEmpty)
  }

  @Test func inputsAreNotTouched() throws {
    let before = ["base", "a"].map { InputStamps(folders: [models.folder.path($0)]).stamps }
    #expect(try problem() == nil)
    let after = ["base", "a"].map { InputStamps(folders: [models.folder.path($0)]).stamps }
    #expect(before == after && before.allSatisfy { $0.count == 2 })
  }

  /// Found while merging, since bytes are read then.
  @Test func numbersThatDifferLeaveNothingBehind() throws {
    for (index, name) in ["base", "a"].enumerated() {
      try models.write(
        name, .decoder().with("model.layers.0.kinds", Tensor([Int64(index)], shape: [1])))
    }
    #expect(try problem()?.kind == .badData)
    #expect(try left().isEmpty)
  }

  // MARK: - Several documents

  private static let stages = """
    name: one
    merge_method: present
    models: [{model: base}, {model: a}]
    ---
    merge_method: present
    models: [{model: one}, {model: b}]
    """

  @Test func stagesAreRemovedInTheEnd() throws {
    #expect(try problem(Self.stages, to: out + "/") == nil)
    #expect(try left() == ["out"])
    let sum = try ShardedTensors(directory: out).tensor("model.norm.weight").floats()
    let parts = try ["base", "a", "b"].map {
      try ShardedTensors(directory: models.folder.path($0)).tensor("model.norm.weight").floats()
    }
    for (index, value) in sum.enumerated() {
      #expect(value == parts[0][index] + parts[1][index] + parts[2][index])
    }
  }

  @Test func stagesThatAreThereAreUsed() throws {
    var checks = 0
    #expect(throws: CancellationError.self) {
      try models.merge(Self.stages).run(to: out) {
        checks += 1
        if checks == 2 { throw CancellationError() }
      }
    }
    #expect(try left().count == 2, "the finished stage, and the last merge as far as it is")
    var settings = Merge.Settings()
    settings.resumes = true
    var again = 0
    try models.merge(Self.stages).run(to: out, settings: settings, check: { again += 1 })
    #expect(again == 1)
    #expect(try left() == ["out"])
  }
}

extension TinyCheckpoint {
  /// As many small tensors as are merged in several groups.
  fileprivate static func many(seed: UInt64) -> TinyCheckpoint { decoder(seed: seed, layers: 200) }
}
