/// How alike the candidates of one prompt are, pair by pair, and the vote over them (EnsLLM,
/// arXiv 2503.15838): the best is who agrees most with the others.
struct Agreement: Equatable {
  let count: Int
  private var values: [Double]

  /// No two alike.
  init(count: Int) {
    self.count = count
    values = [Double](repeating: 0, count: count * count)
  }

  /// `similarity` of every pair i < j. Cost: n(n-1)/2 calls.
  init(count: Int, _ similarity: (Int, Int) throws -> Double) rethrows {
    self.init(count: count)
    for i in 0..<count {
      for j in i + 1..<max(i + 1, count) { self[i, j] = try similarity(i, j) }
    }
  }

  subscript(i: Int, j: Int) -> Double {
    get { values[i * count + j] }
    set {
      values[i * count + j] = newValue
      values[j * count + i] = newValue
    }
  }

  /// lambda · self + (1 − lambda) · other.
  func mixed(with other: Agreement, lambda: Double) -> Agreement {
    Agreement(count: count) { lambda * self[$0, $1] + (1 - lambda) * other[$0, $1] }
  }

  /// Of each candidate, the sum over the others divided by `voters`: the mean when that is their
  /// number. The order of summation is the order of the candidates.
  func scores(voters: Int) -> [Double] {
    (0..<count).map { i in
      (0..<count).reduce(0) { $1 == i ? $0 : $0 + self[i, $1] } / Double(max(1, voters))
    }
  }

  /// 1 − min(limit, counterexamples)/limit: how alike two programs behave.
  static func behaviour(counterexamples: Int, limit: Int) -> Double {
    1 - Double(min(limit, max(0, counterexamples))) / Double(max(1, limit))
  }
}

/// Candidates that count as one voter.
struct Voters {
  /// Index of the first candidate of each voter.
  private(set) var first: [Int] = []
  /// The voter of each candidate.
  private(set) var of: [Int] = []

  /// - Parameter keys: Equal ones are one voter where `merging`.
  init(_ keys: [String], merging: Bool) {
    var known: [String: Int] = [:]
    for (index, key) in keys.enumerated() {
      if merging, let voter = known[key] {
        of.append(voter)
      } else {
        known[key] = first.count
        of.append(first.count)
        first.append(index)
      }
    }
  }

  var count: Int { first.count }
}
