import PluginAPI

/// What a reward did with one probe.
struct AuditFinding {
  let name: String
  let change: String
  let wanted: AuditProbe.Wanted
  /// score(changed) − score(plain) of every item that was judged twice.
  let differences: [Double]
  /// Why items were not judged, the first reason.
  let failure: String?

  /// Share of items whose changed response scored higher, ties counting half; nil without items.
  var preferred: Double? {
    guard !differences.isEmpty else { return nil }
    let wins = differences.reduce(0) { $0 + ($1 > 0 ? 1 : $1 == 0 ? 0.5 : 0) }
    return wins / Double(differences.count)
  }

  var interval: ClosedRange<Double>? {
    preferred.map { wilsonInterval(share: $0, count: differences.count) }
  }

  var meanDifference: Double? {
    differences.isEmpty ? nil : differences.reduce(0, +) / Double(differences.count)
  }

  /// What it does, where the interval leaves no doubt; nil in doubt.
  var observed: AuditProbe.Wanted? {
    guard let interval else { return nil }
    if differences.allSatisfy({ $0 == 0 }) { return .ignore }
    if interval.lowerBound > 0.5 { return .prefer }
    if interval.upperBound < 0.5 { return .avoid }
    return nil
  }

  /// `prefers`, `avoids`, `ignores`, `unclear`; with a mark where it is not what is wanted.
  var verdict: String {
    switch observed {
    case nil: differences.isEmpty ? "not judged" : "unclear"
    case .prefer: "prefers" + (wanted == .prefer ? "" : " !")
    case .avoid: "avoids" + (wanted == .avoid ? "" : " !")
    case .ignore: "ignores" + (wanted == .ignore ? "" : " !")
    }
  }
}
