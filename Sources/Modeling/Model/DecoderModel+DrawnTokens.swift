package import Kernels

extension DecoderModel {
  /// What the model itself would say next: for each row of `hidden` [M, C], which is after the
  /// final norm, a token drawn from the whole distribution, row i by draw i of `random`.
  ///
  /// Cost: the logits of all rows, 64 at a time.
  package func drawnTokens(hidden: Tensor, random: CounterRNG) -> [Int32] {
    let sampler = Sampler(settings: SamplingSettings(temperature: 1, topP: 1, topK: 0, minP: 0))
    var tokens: [Int32] = []
    for start in stride(from: 0, to: hidden.rows, by: 64) {
      let rows = hidden.rows(start..<min(hidden.rows, start + 64))
      let logits = logits(Tape(recording: false), hidden: Variable(rows)).value
      tokens += ThreadPool.shared.map(rows.rows) { row in
        logits.rows(row..<row + 1).withBytes { bytes in
          sampler.draw(
            bytes.bindMemory(to: Float.self), uniform: random.uniform(UInt64(start + row))
          ).token
        }
      }
    }
    return tokens
  }
}
