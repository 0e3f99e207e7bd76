/// Picks responses by score. Equal scores go to the first; responses that could not be scored
/// (NaN or infinite) are passed over.
public enum ResponseChoice {
  /// The best response of all sources: `responses` in recipe order, then sample order.
  public static func best(_ responses: some Sequence<ScoredResponse>) -> ScoredResponse? {
    responses.reduce(nil) { best, next in
      if !next.score.isFinite { return best }
      guard let best else { return next }
      return next.score > best.score ? next : best
    }
  }

  /// The worst response, the first of equals.
  public static func worst(_ responses: some Sequence<ScoredResponse>) -> ScoredResponse? {
    responses.reduce(nil) { worst, next in
      if !next.score.isFinite { return worst }
      guard let worst else { return next }
      return next.score < worst.score ? next : worst
    }
  }

  /// Best and worst of a model's own samples; nil when they teach nothing: all alike, or all of
  /// one score.
  /// - Parameter keepTies: Of equal scores, take the first response and the last that reads
  ///   differently.
  public static func extremes(
    _ responses: [ScoredResponse], keepTies: Bool = false
  ) -> (best: ScoredResponse, worst: ScoredResponse)? {
    let judged = responses.filter(\.score.isFinite)
    guard let best = best(judged), let worst = worst(judged) else { return nil }
    if best.score > worst.score { return best.text == worst.text ? nil : (best, worst) }
    guard keepTies, let other = judged.last(where: { $0.text != best.text }) else { return nil }
    return (best, other)
  }

  /// Whether a model said the same thing every time (and had more than one try).
  public static func areAlike(_ responses: [ScoredResponse]) -> Bool {
    responses.count > 1 && responses.allSatisfy { $0.text == responses[0].text }
  }
}
