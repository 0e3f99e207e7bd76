internal import Kernels

/// Which rows each update trains on.
struct BatchPlan {
  let rowCount: Int
  let batchSize: Int
  let updatesPerEpoch: Int
  let totalSteps: Int
  let shuffleSeed: UInt64?

  init(rowCount: Int, settings: TrainingSettings, seed: UInt64) {
    self.rowCount = rowCount
    batchSize = max(1, settings.batchSize)
    let whole = rowCount / batchSize
    let hasTail = rowCount % batchSize != 0
    // A data set smaller than one batch still trains.
    updatesPerEpoch = hasTail && (!settings.dropIncompleteBatch || whole == 0) ? whole + 1 : whole
    let steps = (settings.epochs * Double(updatesPerEpoch)).rounded(.up)
    totalSteps = rowCount == 0 ? 0 : max(0, Int(steps))
    shuffleSeed = settings.shuffle ? seed : nil
  }

  /// Rows in the order of epoch `epoch`: file order, or a permutation that depends on seed and
  /// epoch only.
  func order(epoch: Int) -> [Int] {
    guard let shuffleSeed else { return Array(0..<rowCount) }
    return CounterRNG(seed: shuffleSeed, stream: Self.stream).substream(UInt64(epoch))
      .permutation(rowCount)
  }

  func epoch(of step: Int) -> Int { step / max(1, updatesPerEpoch) }

  /// Rows of update `step`, given the order of its epoch.
  func rows(step: Int, order: [Int]) -> [Int] {
    let start = step % updatesPerEpoch * batchSize
    return Array(order[start..<min(start + batchSize, rowCount)])
  }

  private static let stream: UInt64 = 0x5348_5546_464C_4500
}

/// Splits the rows of an update into micro-batches: `microBatchSize` rows each, or as many as
/// `tokenBudget` takes (always one at least).
func microBatches(
  _ rows: [Int], of data: [TrainingRow], microBatchSize: Int?, tokenBudget: Int
) -> [[Int]] {
  var result: [[Int]] = []
  var tokens = 0
  for row in rows {
    let size = data[row].tokenCount
    let isFull =
      microBatchSize.map { (result.last?.count ?? 0) >= $0 } ?? (tokens + size > tokenBudget)
    if result.isEmpty || isFull {
      result.append([])
      tokens = 0
    }
    result[result.count - 1].append(row)
    tokens += size
  }
  return result
}

/// Tokens whose activations take about 600 MB, within 128...4096: enough for fast matrix products,
/// little beside weights, gradients and moments. Measured at 9 bytes a token for every output
/// of every matrix (SmolLM2-135M: 1.4 MB a token); the vocabulary's is never held.
func tokenBudget(weights shapes: [[Int]]) -> Int {
  let matrices = shapes.filter { $0.count == 2 && $0[0] < 16 * $0[1] }
  let bytesPerToken = 9 * matrices.reduce(1) { $0 + $1[0] }
  return min(4096, max(128, 600_000_000 / bytesPerToken))
}
