import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Modeling

/// FuseLLM's and FuseChat's own collators and losses (goldens/fusellm): targets, loss, gradients.
@Suite struct FusionGoldenTests {
  static let cases: [FusionCase] = (try? FusionCase.all()) ?? []

  /// Tolerances: an f32 model against f64 figures, see the goldens' README; gradients add the
  /// rounding of one backward pass, relative to their norm.
  @Test(.enabled(if: shared("goldens/fusellm") != nil), arguments: cases)
  func matchesTheReference(golden: FusionCase) throws {
    let batch = MicroBatch(
      rows: Array(0..<golden.rows.count), of: golden.rows, objective: TokenCrossEntropy())
    let model = try GoldenRun("sft").startModel()
    let tape = Tape()
    let logProbs = batch.answers(model, tape, recompute: false)
    let result = golden.objective.evaluate(
      ObjectiveBatch(
        policy: batch.sums(logProbs.value), tokenCounts: batch.tokenCounts,
        distilled: batch.distilledSums(logProbs.value), targetEntropies: batch.targetEntropies,
        distilledCounts: batch.distilledCounts, progress: golden.progress))
    let lm = try #require(result.metrics.first { $0.name == "loss/lm" }).value
    #expect(abs(result.loss / golden.number("loss_f64") - 1) < 1e-5)
    #expect(abs(lm / golden.number("lm_loss_f64") - 1) < 1e-5)
    tape.backward(
      from: logProbs,
      dOutput: batch.gradients(dPolicy: result.dPolicy, dDistilled: result.dDistilled))
    #expect(abs(globalNorm(model.trainedWeights) / golden.number("grad_norm_f64") - 1) < 1e-5)
    for (name, gradient) in model.gradients() {
      let norm = try #require(golden.json["grad_norms_f64"]?[name]?.double)
      #expect(abs(gradient.norm / norm - 1) < 1e-4, "\(name)")
      guard let wanted = try golden.gradients?.tensor(name).floats() else { continue }
      let distance = zip(gradient.floats(), wanted)
        .reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
      #expect(distance < 1e-4 * norm, "\(name)")
    }
  }

  @Test(.enabled(if: shared("goldens/fusellm") != nil)) func everyCaseIsThere() {
    #expect(Self.cases.count == 38)
  }
}

/// One case with its batch as training rows.
struct FusionCase: CustomTestStringConvertible, Sendable {
  let json: JSON
  let rows: [TrainingRow]
  let gradientsPath: String?

  var testDescription: String { json["id"]?.string ?? "?" }
  func number(_ key: String) -> Double { json[key]?.double ?? .nan }

  static func all() throws -> [FusionCase] {
    guard let folder = shared("goldens/fusellm")?.path else { return [] }
    return try (JSON.parse(file: folder + "/cases.json").array ?? []).map { json in
      let batch = try JSON.parse(file: folder + "/batch_\(json["batch"]?.string ?? "").json")
      return FusionCase(
        json: json, rows: (batch["features"]?.array ?? []).map { Self.row($0, json) },
        gradientsPath: json["grads"]?.string.map { folder + "/" + $0 })
    }
  }

  var objective: DistillationObjective {
    DistillationObjective(
      lambda: number("lm_loss_weight"),
      loss: DistillationObjective.Loss(rawValue: json["loss"]?.string ?? "") ?? .ce,
      weighting: DistillationObjective.Weighting(rawValue: json["weighting"]?.string ?? "")
        ?? .hard)
  }

  var progress: TrainingProgress {
    TrainingProgress(
      step: json["global_step"]?.int.map { Int($0) } ?? 0,
      totalSteps: json["max_steps"]?.int.map { Int($0) } ?? 1)
  }

  var gradients: SafetensorsFile? {
    get throws { try gradientsPath.map { path in try SafetensorsFile(path: path) } }
  }

  private static func row(_ feature: JSON, _ json: JSON) -> TrainingRow {
    let isChat = json["kind"]?.string == "fusechat"
    let flag = { (key: String) in json[key]?.bool == true }
    let base = candidate(feature, "per_step_", "", "metric_ce")
    var candidates = flag("with_ref") ? [base] : []
    for source in ["0", "1"] where isChat ? source == "1" : flag("with_\(source)") {
      candidates.append(
        candidate(feature, "per_step_aligned_", "_\(source)", "metric_ce_aligned_\(source)"))
    }
    let function = FusionFunction(
      json["mode"]?.string == "AvgCE" ? .avgCE : .minCE,
      temperature: json["temperature"]?.double ?? 1)
    let fused = function.fuse(candidates, base: base.rows)
    let labels = ids(feature["labels"])
    var targets = SparseRows()
    for position in labels.indices {
      // FuseChat distils where a label is predicted, FuseLLM everywhere.
      let counts = position + 1 < labels.count && labels[position + 1] != -100
      if counts || !isChat {
        targets.append(row: position, of: fused)
      } else {
        targets.endRow()
      }
    }
    return TrainingRow(sequences: [
      TrainingRow.Sequence(ids: ids(feature["input_ids"]), labels: labels, targets: targets)
    ])
  }

  private static func candidate(
    _ feature: JSON, _ prefix: String, _ suffix: String, _ metric: String
  ) -> FusionCandidate {
    var rows = SparseRows()
    let logits = feature["\(prefix)logits\(suffix)"]?.array ?? []
    for (ids, logits) in zip(feature["\(prefix)indices\(suffix)"]?.array ?? [], logits) {
      for (id, logit) in zip(self.ids(ids), logits.array ?? []) {
        rows.append(id, Float(logit.double ?? .nan))
      }
      rows.endRow()
    }
    return FusionCandidate(rows: rows, crossEntropy: feature[metric]?.double ?? .nan)
  }

  private static func ids(_ json: JSON?) -> [Int32] {
    (json?.array ?? []).compactMap { $0.int.map { Int32($0) } }
  }
}

extension Tensor {
  fileprivate var norm: Double {
    floats().reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}
