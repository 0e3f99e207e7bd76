import Testing

@testable import Kernels

@Suite struct VocabularyHeadTests {
  /// Chunks of every size add up to the softmax over the whole row.
  @Test(arguments: [DType.f32, .bf16, .q8_0], [nil, Float(4)])
  func matchesLogSoftmaxOfWholeRows(dtype: DType, softcap: Float?) {
    let (hidden, head) = (values([40, 64], scale: 3), stored([1000, 64], dtype))
    let labels = (0..<40).map { Int32($0 * 997 % 1000) }
    let whole = logSoftmax(logits(hidden: hidden, head: head, softcap: softcap))
    let expected = labels.enumerated().map { whole.floats()[$0.offset * 1000 + Int($0.element)] }
    let logProbs = Tape(recording: false).tokenLogProbs(
      hidden: Variable(hidden), head: Variable(head), labels: labels, softcap: softcap)
    expectClose(logProbs.value.floats(), expected, relative: 2e-6, floor: 3)
  }

  /// So many rows that the vocabulary is cut in chunks: 40,000 · 4 bytes · 256 tokens > 32 MB.
  @Test func chunksOfTheVocabularyAddUp() {
    let (rows, vocabulary) = (40_000, 700)
    let hidden = Variable(values([rows, 4], scale: 3), requiresGradient: true)
    let head = Variable(values([vocabulary, 4], seed: 2), requiresGradient: true)
    let labels = (0..<rows).map { Int32($0 % vocabulary) }
    let tape = Tape()
    let output = tape.tokenLogProbs(hidden: hidden, head: head, labels: labels)
    tape.backward(from: output, dOutput: values([rows], seed: 4))
    // The first rows alone: one chunk.
    let few = Variable(hidden.value.rows(0..<50), requiresGradient: true)
    let again = Tape()
    let part = again.tokenLogProbs(hidden: few, head: head, labels: Array(labels[..<50]))
    let gradient = hidden.gradient?.rows(0..<50).floats() ?? []
    again.backward(from: part, dOutput: values([rows], seed: 4).rows(0..<50))
    expectClose(output.value.rows(0..<50).floats(), part.value.floats(), relative: 1e-6, floor: 6)
    expectClose(gradient, few.gradient?.floats() ?? [], relative: 1e-5, floor: 0.1)
  }

  /// The gradients of one row's logits sum to zero, so the head's columns get Σ d · hidden = 0.
  @Test func headGradientSumsToZero() {
    let hidden = Variable(values([6, 8]))
    let head = parameter([300, 8], seed: 2)
    let tape = Tape()
    let output = tape.tokenLogProbs(hidden: hidden, head: head, labels: [1, 2, 3, 4, 5, 299])
    tape.backward(from: output, dOutput: values([6], seed: 3))
    let gradient = head.gradient?.floats() ?? []
    for column in 0..<8 {
      let sum = stride(from: column, to: gradient.count, by: 8).reduce(0) { $0 + gradient[$1] }
      #expect(abs(sum) < 1e-5, "300 f32 terms of at most 1")
    }
  }
}
