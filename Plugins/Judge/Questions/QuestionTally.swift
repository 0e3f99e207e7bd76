import PluginAPI
import Synchronization

/// How each question has been answered so far.
final class QuestionTally: Sendable {
  private struct Counts {
    var (answers, unreadable, yes) = (0, 0, 0.0)
    var (sum, squares, logOdds, mass) = (0.0, 0.0, 0.0, 0.0)
  }

  private let questions: [Question]
  private let counts: Mutex<[Counts]>

  init(_ questions: [Question]) {
    self.questions = questions
    counts = Mutex([Counts](repeating: Counts(), count: questions.count))
  }

  /// The answers to all questions about one response, as the judge gave them and after calibration.
  func add(_ answers: [JudgedAnswer], calibrated: [JudgedAnswer]) {
    counts.withLock { counts in
      for (index, answer) in answers.enumerated() {
        guard answer.isReadable else {
          counts[index].unreadable += 1
          continue
        }
        let probability = calibrated[index].probability
        counts[index].answers += 1
        counts[index].yes += calibrated[index].goodness(.yes, isSoft: false)
        counts[index].sum += probability
        counts[index].squares += probability * probability
        counts[index].logOdds += answer.logOdds
        counts[index].mass += answer.mass
      }
    }
  }

  /// Questions whose answers hardly vary: they cannot tell responses apart.
  static let leastVariance = 1e-4

  /// A question: answers, unreadable ones, share of yes, mean and variance of p(yes) (these three
  /// after calibration), mean log-odds before it, mean mass of the two words.
  var json: JSON {
    let rows = counts.withLock { counts in
      zip(questions, counts).map { question, counts -> JSON in
        let n = Double(counts.answers)
        let mean = counts.sum / n
        let variance = max(0, counts.squares / n - mean * mean)
        var row: JSONObject = [
          "name": .string(question.name), "ask": .string(question.ask),
          "good": question.isYesGood ? "yes" : "no", "answers": .int(Int64(counts.answers)),
          "unreadable": .int(Int64(counts.unreadable)), "yes": .finite(counts.yes / n),
          "mean": .finite(mean), "variance": .finite(variance),
          "log_odds": .finite(counts.logOdds / n), "mass": .finite(counts.mass / n),
        ]
        if counts.answers >= 8, variance < Self.leastVariance {
          row["warning"] = "the answers hardly vary: drop the question or calibrate"
        }
        return .object(row)
      }
    }
    return ["mode": "questions", "questions": .array(rows)]
  }
}

extension Question {
  fileprivate static let yes = Question(name: "", ask: "", isYesGood: true)
}
