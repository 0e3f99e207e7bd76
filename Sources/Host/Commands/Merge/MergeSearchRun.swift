import Merging
import PluginAPI

/// Says how good a model in memory is, in the numbers of `crucible eval`.
struct CandidateScorer {
  let prompts: [Prompt]
  let rewards: [RewardHandle]
  let fewShot: [Message]
  let samples: Int
  let settings: SamplingSettings
  let seed: UInt64

  /// Mean score over all answers that could be judged; nil where none could.
  func score(_ model: LoadedModel) throws -> Double? {
    let handle = ModelHandle(
      reference: ModelReference(location: model.name, name: model.name), fewShot: fewShot
    ) { _ in model }
    // A progress line for every candidate would drown what the search has to say.
    let silence = Console(settings: .standardError, write: { _ in })
    let answers = try handle.answers(
      to: prompts, n: samples, settings: settings, seed: seed, console: silence)
    let completions = handle.completions(prompts, answers)
    let judged = try Judgements(by: rewards, count: completions.count) {
      try $0.judge(completions).map { Double($0.value) }
    }
    let records = AnswerRecord.records(
      label: model.name, completions: completions, answers: answers, judgements: judged)
    return ResultsTable.Row(label: model.name, records: records).mean
  }
}

/// A search under way: merges, scores, keeps what was found.
struct MergeSearchRun {
  let search: MergeSearch
  let merger: CandidateMerger
  let scorer: CandidateScorer
  let output: MergeSearchOutput?
  let console: Console

  /// - Throws: `CancellationError` when the user has asked to stop; what was evaluated is kept.
  func run() throws -> SearchCurve {
    let past = output?.journal.past ?? []
    if !past.isEmpty { console.message("\(past.count) evaluations are there already") }
    return try search.run(
      after: past, score: { try score($0, $1) },
      observe: { evaluation, curve in
        try output?.note(evaluation, curve, isNew: evaluation.number > past.count)
        guard evaluation.number > past.count else { return }
        say(evaluation, curve)
      })
  }

  private func score(_ number: Int, _ values: [Double]) throws -> Double? {
    try Interruption.check()
    do {
      let model = try merger.model(values, name: "candidate", check: Interruption.check)
      let score = try scorer.score(model)
      if number > 1 || score != nil { return score }
    } catch let problem as Problem where number > 1 && problem.isOfCandidate {
      console.warn("evaluation \(number) has no score: \(problem)")
      return nil
    } catch let problems as Problems where number > 1 {
      console.warn("evaluation \(number) has no score: \(problems)")
      return nil
    }
    throw Problem(
      .badData, "no reward could judge an answer of the start",
      expected: "a finite score for some of them")
  }

  private func say(_ evaluation: SearchEvaluation, _ curve: SearchCurve) {
    let best = curve.best.map { best in
      best.number == evaluation.number
        ? ", the best so far" : ", best \(shown(best.score)) (\(best.number))"
    }
    console.message(
      "evaluation \(evaluation.number)/\(search.evaluations): \(shown(evaluation.score))"
        + (best ?? ""))
  }

  private func shown(_ score: Double?) -> String {
    score.map { HumanFormat.fixed($0, 4) } ?? "no score"
  }
}

extension Problem {
  /// Parameters that this merge cannot have or that break the model: bad luck of one candidate,
  /// where others were fine.
  fileprivate var isOfCandidate: Bool { kind == .badData || kind == .badConfiguration }
}

/// The folder of a search.
struct MergeSearchOutput {
  static let bestName = "best.yml"
  static let curveName = "curve.csv"

  let journal: SearchJournal
  private let folder: String
  private let space: SearchSpace

  /// - Throws: `Problem`, see `SearchJournal`.
  init(folder: String, space: SearchSpace, header: JSON, resuming: Bool) throws {
    try makeDirectories(folder)
    journal = try SearchJournal(folder: folder, header: header, resuming: resuming)
    self.folder = folder
    self.space = space
  }

  /// Keeps `evaluation`, the last of `curve`.
  func note(_ evaluation: SearchEvaluation, _ curve: SearchCurve, isNew: Bool) throws {
    if isNew { try journal.append(evaluation) }
    if curve.best?.number == evaluation.number {
      try writeAtomically(
        path: "\(folder)/\(Self.bestName)", text: space.config(evaluation.values))
    }
    // The last known one completes the file that an interrupted run may have left behind.
    if isNew || evaluation.number == journal.past.count {
      try writeAtomically(path: "\(folder)/\(Self.curveName)", text: curve.csv(of: space))
    }
  }
}

extension SearchCurve {
  /// `evaluation,score,best` and a column for each searched number, a row an evaluation.
  func csv(of space: SearchSpace) -> String {
    let head = ["evaluation", "score", "best"] + space.coordinates.map { Self.field($0.name) }
    let rows = zip(evaluations, bestScores).map { evaluation, best in
      ["\(evaluation.number)", evaluation.score.map { "\($0)" } ?? "", best.map { "\($0)" } ?? ""]
        + evaluation.values.map { "\($0)" }
    }
    return ([head] + rows).map { $0.joined(separator: ",") + "\r\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
