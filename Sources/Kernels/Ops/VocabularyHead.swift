internal import CKernels

extension Tape {
  /// log p(labels[i]) under softmax(hidden[i] · headᵀ + bias): [M] f32.
  ///
  /// Fused and chunked over the vocabulary: logits exist for at most `chunkBytes` at a time, in
  /// the forward and again in the backward. Backward wants d(log-prob) [M], so every loss over
  /// sequences' log-probs (SFT, DPO, WRPO …) is one weight a token.
  /// - Parameters:
  ///   - hidden: [M, C], the rows that predict, already selected and normed.
  ///   - head: [V, C], any float dtype when it needs no gradient.
  ///   - bias: [V].
  ///   - labels: M token ids in 0..<V.
  ///   - softcap: logits become cap · tanh(logit / cap).
  public func tokenLogProbs(
    hidden: Variable, head: Variable, bias: Variable? = nil, labels: [Int32],
    softcap: Float? = nil
  ) -> Variable {
    let pass = VocabularyPass(hidden, head, bias, labels: labels, softcap: softcap)
    let logProbs = Tensor(uninitialized: [labels.count])
    let logSums = Tensor(uninitialized: [labels.count])
    pass.forward(logProbs: logProbs.floatPointer, logSums: logSums.floatPointer)
    return record(logProbs, from: [hidden, head, bias]) { dOutput in
      withExtendedLifetime(logSums) {
        pass.backward(dOutput.floatPointer, logSums: logSums.floatPointer)
      }
    }
  }
}

/// Logits of every row: hidden [M, C] · head [V, C]ᵀ + bias, soft-capped: [M, V] f32. For
/// inference, where M is small, and for tests.
public func logits(
  hidden: Tensor, head: Tensor, bias: Tensor? = nil, softcap: Float? = nil
) -> Tensor {
  let result = LinearWeight(head, layout: .outIn).apply(to: hidden, bias: bias)
  if let softcap {
    let base = result.floatPointer
    ThreadPool.shared.parallel(over: result.count, grain: elementGrain / 4) {
      operations.softcap(base + $0.lowerBound, $0.count, softcap)
    }
  }
  return result
}

/// The vocabulary in chunks, all rows at once: each chunk of the head is read once a pass.
private struct VocabularyPass {
  let hidden: Variable
  let head: Variable
  let bias: Variable?
  let labels: [Int32]
  let softcap: Float

  /// Bytes of logits held at once.
  private static let chunkBytes = 32 << 20

  private var rows: Int { labels.count }
  private var width: Int { hidden.value.width }
  private var vocabulary: Int { head.value.rows }

  init(_ hidden: Variable, _ head: Variable, _ bias: Variable?, labels: [Int32], softcap: Float?) {
    precondition(
      hidden.value.rows == labels.count && hidden.value.width == head.value.width,
      "hidden \(hidden.shape), head \(head.shape), \(labels.count) labels")
    let vocabulary = head.value.rows
    precondition(labels.allSatisfy { 0 <= $0 && $0 < vocabulary }, "labels of \(vocabulary)")
    precondition(bias.map { $0.value.count == vocabulary } ?? true, "bias of \(vocabulary)")
    (self.hidden, self.head, self.bias, self.labels) = (hidden, head, bias, labels)
    self.softcap = softcap ?? 0
  }

  func forward(logProbs: FloatPointer, logSums: FloatPointer) {
    var maxima = [Float](repeating: -.infinity, count: rows)
    var sums = [Double](repeating: 0, count: rows)
    maxima.withUnsafeMutableBufferPointer { maxima in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let maximum = maxima.baseAddress, let sum = sums.baseAddress else { return }
        forEachChunk { tokens, logits, _ in
          parallelRows(rows, tokens.count) { part in
            for row in part {
              let line = logits + row * tokens.count
              operations.log_sum_update(line, tokens.count, maximum + row, sum + row)
              let label = Int(labels[row])
              if tokens.contains(label) { logProbs[row] = line[label - tokens.lowerBound] }
            }
          }
        }
      }
    }
    for row in 0..<rows {
      logSums[row] = maxima[row] + Float(logarithm(sums[row]))
      logProbs[row] -= logSums[row]
    }
  }

  func backward(_ dLogProbs: FloatPointer, logSums: FloatPointer) {
    // A hidden that needs no gradient still passes through for the head's.
    let dHidden = Tensor(zeros: hidden.shape)
    withExtendedLifetime(dHidden) {
      forEachChunk { tokens, logits, weight in
        parallelRows(rows, tokens.count) { part in
          for row in part {
            let label = Int64(labels[row]) - Int64(tokens.lowerBound)
            operations.log_prob_backward(
              logits + row * tokens.count, tokens.count, logSums[row],
              label < tokens.count ? max(-1, label) : -1, dLogProbs[row], softcap)
          }
        }
        multiply(
          m: rows, n: width, k: tokens.count, MatrixOperand(logits, stride: tokens.count),
          MatrixOperand(weight, stride: width), beta: 1, into: dHidden.floatPointer,
          stride: width)
        addGradients(logits, tokens)
      }
    }
    hidden.slot.accumulate(dHidden)
  }

  /// Adds dLogitsᵀ · hidden to these tokens' rows of the head's gradient, and the bias's part.
  private func addGradients(_ dLogits: FloatPointer, _ tokens: Range<Int>) {
    head.slot.accumulate(adding: { dHead in
      multiply(
        m: tokens.count, n: width, k: rows,
        MatrixOperand(dLogits, stride: tokens.count, transposed: true),
        MatrixOperand(hidden.value.floatPointer, stride: width), beta: 1,
        into: dHead + tokens.lowerBound * width, stride: width)
    })
    bias?.slot.accumulate(adding: { dBias in
      for row in 0..<rows {
        operations.axpy(
          dBias + tokens.lowerBound, dLogits + row * tokens.count, 1, tokens.count)
      }
    })
  }

  /// Calls `body` with a range of tokens, their logits [rows, tokens] and their f32 weights.
  private func forEachChunk(_ body: (Range<Int>, FloatPointer, UnsafePointer<Float>) -> Void) {
    let fitting = Self.chunkBytes / 4 / max(1, rows) / 64 * 64
    let step = min(vocabulary, max(256, fitting))
    withScratch(rows * step) { logits in
      for start in stride(from: 0, to: vocabulary, by: step) {
        let tokens = start..<min(vocabulary, start + step)
        let weight = dequantised(head.value.rows(tokens))
        withExtendedLifetime(weight) {
          multiply(
            m: rows, n: tokens.count, k: width,
            MatrixOperand(hidden.value.floatPointer, stride: width),
            MatrixOperand(weight.floatPointer, stride: width, transposed: true), into: logits,
            stride: tokens.count)
          finish(logits, tokens)
          body(tokens, logits, weight.floatPointer)
        }
      }
    }
  }

  /// Adds the bias and applies the soft cap.
  private func finish(_ logits: FloatPointer, _ tokens: Range<Int>) {
    guard bias != nil || softcap > 0 else { return }
    parallelRows(rows, tokens.count) { part in
      for row in part {
        let line = logits + row * tokens.count
        if let bias {
          operations.add(line, line, bias.value.floatPointer + tokens.lowerBound, tokens.count)
        }
        if softcap > 0 { operations.softcap(line, tokens.count, softcap) }
      }
    }
  }
}
