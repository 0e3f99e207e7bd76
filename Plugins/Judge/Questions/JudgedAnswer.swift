import Foundation

/// What a judge answered to one question.
struct JudgedAnswer: Sendable, Equatable {
  /// log p(yes) − log p(no); ±infinity for written answers, NaN for an unreadable one.
  var logOdds: Double
  /// Probability of yes and no together, 1 for written answers: how far the judge wanted to answer
  /// as asked at all.
  var mass: Double

  /// - Parameters: probabilities of the two words, which need not add up to 1.
  init(yes: Double, no: Double) {
    // Below these neither word was ever considered; the odds stay finite so that means exist.
    logOdds = log(max(yes, 1e-300)) - log(max(no, 1e-300))
    mass = yes + no
  }

  init(written yes: Bool?) {
    logOdds = yes.map { $0 ? Double.infinity : -Double.infinity } ?? .nan
    mass = 1
  }

  var isReadable: Bool { !logOdds.isNaN }

  /// p(yes | yes or no).
  var probability: Double { 1 / (1 + exp(-logOdds)) }

  /// The answer beside a judge whose mean answer has these log-odds.
  func shifted(by mean: Double) -> JudgedAnswer {
    var result = self
    result.logOdds -= mean
    return result
  }

  /// 1 for a good answer and 0 for a bad one, or the probability of the good one. Exactly even odds
  /// are half an answer. An unreadable answer is bad.
  func goodness(_ question: Question, isSoft: Bool) -> Double {
    guard isReadable else { return 0 }
    if isSoft { return question.goodness(ofYes: probability) }
    // Rounding of a mean must not decide for yes or no.
    if abs(logOdds) < 1e-9 { return 0.5 }
    return question.goodness(ofYes: logOdds > 0 ? 1 : 0)
  }
}
