import Formats
import Foundation
import Kernels
import Testing

@testable import Host

/// What `--resume` accepts, what it refuses, and that no failing call loses anything.
struct RunResumeTests {
  private func comparison(
    recipe: String = sampleRecipe, _ change: (inout RunManifest) -> Void
  ) -> RunComparison {
    var manifest = sampleManifest()
    change(&manifest)
    return RunComparison(of: manifest, recipe: recipe, with: sampleManifest(), recipe: sampleRecipe)
  }

  @Test func acceptsTheSameBytesElsewhere() {
    let found = comparison { $0.inputs[0].path = "/moved/target" }
    #expect(found.changes.isEmpty && found.warnings.isEmpty)
  }

  @Test func saysWhichRecipeLinesChanged() throws {
    let recipe = sampleRecipe.replacingOccurrences(of: "0.01", with: "0.02")
    let found = comparison(recipe: recipe) { $0.recipeSHA256 = "bb" }
    #expect(
      found.changes == ["recipe line 4 was:   beta: 0.01", "recipe line 4 is:    beta: 0.02"])
    let problem = #expect(throws: Problem.self) { try found.check(at: "runs/a-1") }
    #expect(problem?.kind == .badConfiguration)
    #expect(problem?.what.contains("was:   beta: 0.01") == true)
  }

  @Test func saysWhichInputsChanged() {
    let found = comparison {
      $0.inputs[0].sha256 = "ff"
      $0.inputs[1].role = "data.heldout"
    }
    #expect(
      found.changes == [
        "target: the content of 'models/target' changed (10 bytes, SHA-256 01…; now 10 bytes, ff…)",
        "data.heldout: 'train.jsonl' was not there",
        "data.train: 'train.jsonl' is no longer there",
      ])
  }

  @Test func onlyWarnsOfAnotherMachine() {
    let found = comparison {
      $0.machine.threads = 4
      $0.versions[0].version = "0.2"
    }
    #expect(found.changes.isEmpty)
    #expect(
      found.warnings == [
        "the run began with crucible 0.1, this is 0.2",
        "the run began with 2 threads, now there are 4",
      ])
  }

  @Test(arguments: ["{", "{\"version\":2}", "[]", "{\"version\":1,\"status\":\"running\"}"])
  func refusesAStateItCannotRead(text: String) throws {
    try withTemporaryFolder { folder in
      try LocalFiles().writeAtomically(text, to: folder + "/state.json")
      let problem = #expect(throws: Problem.self) { try RunDirectory.resume(at: folder) }
      #expect(problem?.kind == .badData)
    }
  }

  /// One small run; when it was interrupted before, it goes on.
  private func runToEnd(_ path: String, files: any FileLayer) throws {
    let isRun = LocalFiles.exists(path + "/state.json")
    let run =
      isRun
      ? try RunDirectory.resume(at: path, files: files)
      : try RunDirectory.create(at: path, files: files)
    _ = try run.begin(recipe: sampleRecipe, manifest: sampleManifest())
    for stage in ["sft", "wrpo"] where run.outputs(of: stage) == nil {
      try run.publish("outputs/\(stage)") { folder in
        try files.writeAtomically("weights of \(stage)", to: folder + "/model")
        try files.writeAtomically("config", to: folder + "/config.json")
      }
      try run.finish(stage, outputs: ["model": .string("outputs/\(stage)")])
    }
    try run.write(["mean": 0.5], to: "results.json")
    try run.finishRun()
  }

  /// Every file of a folder with its content.
  private func contents(of folder: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let path = FilePath.join(folder, name)
      found[name] = LocalFiles.isDirectory(path) ? [] : try LocalFiles.read(path)
    }
    return found
  }

  @Test(arguments: [false, true])
  func endsWithTheSameBytesWhicheverCallFails(isFatal: Bool) throws {
    try withTemporaryFolder { folder in
      try runToEnd(folder + "/unbroken", files: LocalFiles())
      let unbroken = try contents(of: folder + "/unbroken")
      var failing = 0
      var hasFailed = true
      while hasFailed {
        let path = folder + "/run-\(failing)"
        let files = FaultyFiles(failingAfter: failing, isFatal: isFatal)
        try? runToEnd(path, files: files)
        hasFailed = files.hasFailed
        try runToEnd(path, files: LocalFiles())
        #expect(try contents(of: path) == unbroken, "call \(failing) failed")
        failing += 1
      }
      #expect(failing > 60)
    }
  }
}
