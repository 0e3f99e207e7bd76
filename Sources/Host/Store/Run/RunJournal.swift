import Formats
import Kernels

/// Which stages of a run are finished, and what they gave: what `--resume` goes by. Holds no times,
/// so a resumed run ends with the journal of an unbroken one.
struct RunJournal: Sendable, Equatable {
  static let fileName = "state.json"

  struct Stage: Sendable, Equatable {
    var name: String
    /// Whatever the stage wants to find again: paths inside the run folder, counts, scores.
    var outputs: JSON
  }

  /// In the order in which they finished.
  private(set) var stages: [Stage] = []
  /// The whole run is done.
  var isFinished = false

  init() {}

  /// What stage `name` gave; nil while it is not finished.
  func outputs(of name: String) -> JSON? {
    stages.first { $0.name == name }?.outputs
  }

  /// Notes that stage `name` is finished; again, and its outputs are replaced.
  mutating func finish(_ name: String, outputs: JSON) {
    if let index = stages.firstIndex(where: { $0.name == name }) {
      stages[index].outputs = outputs
    } else {
      stages.append(Stage(name: name, outputs: outputs))
    }
  }
}

extension RunJournal {
  var json: JSON {
    [
      "version": 1, "status": isFinished ? "finished" : "running",
      "stages": .array(stages.map { ["stage": .string($0.name), "outputs": $0.outputs] }),
    ]
  }

  init(_ json: JSON, source: String) throws(Problem) {
    guard json["version"]?.int == 1, let status = json["status"]?.string,
      let stages = json["stages"]?.array
    else { throw Self.malformed(source) }
    isFinished = status == "finished"
    self.stages = try stages.map { (stage) throws(Problem) in
      guard let name = stage["stage"]?.string, let outputs = stage["outputs"] else {
        throw Self.malformed(source)
      }
      return Stage(name: name, outputs: outputs)
    }
  }

  private static func malformed(_ source: String) -> Problem {
    Problem(
      .badData, at: source, "this is no state of a run that this Crucible understands",
      hint: "start a new run without --resume; responses and scores in the store are reused")
  }
}
