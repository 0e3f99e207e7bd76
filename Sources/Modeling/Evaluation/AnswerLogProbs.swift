internal import Kernels

extension DecoderModel {
  /// How probable answers are after prompts that begin alike: log p(answer | prompt) in nats,
  /// [prompts][answers], each the sum over the answer's tokens.
  ///
  /// Questions about one text are such prompts, and the words that answer them such answers. What
  /// all prompts begin with is computed once; the rest goes through in passes of about
  /// `tokensPerPass` tokens. An answer of one token costs nothing beyond its prompt; those of more
  /// share what they begin with.
  ///
  /// A call's numbers depend on nothing but its arguments. Beside those of prompts asked one by
  /// one they differ by rounding, as a matrix product sums its last rows in another order.
  ///
  /// - Parameters:
  ///   - prompts: At least one token each, below the vocabulary size.
  ///   - answers: At least one token each, the same for every prompt.
  public func answerLogProbs(
    prompts: [[Int32]], answers: [[Int32]], tokensPerPass: Int = 1024
  ) -> [[Double]] {
    precondition(prompts.allSatisfy { !$0.isEmpty }, "an empty prompt has no next token")
    precondition(answers.allSatisfy { !$0.isEmpty }, "an answer needs a token")
    precondition(!isClassifier, "a classifier predicts no tokens")
    guard !prompts.isEmpty, !answers.isEmpty else { return prompts.map { _ in [] } }
    let heads = AnswerHeads(answers)
    let streams = prompts.indices.flatMap { prompt in
      heads.texts.indices.map { AnswerStream(prompt: prompt, head: $0) }
    }
    let shared = sharedLength(prompts, longestHead: heads.longest, streams: streams.count)
    let cache = shared > 0 ? promptCache(Array(prompts[0][..<shared])) : []
    var result = prompts.map { _ in [Double](repeating: 0, count: answers.count) }
    let lengths = streams.map { prompts[$0.prompt].count - shared + heads.texts[$0.head].count }
    for pass in SequenceLayout.passes(lengths: lengths, tokens: tokensPerPass) {
      let texts = streams[pass].map {
        prompts[$0.prompt][shared...] + heads.texts[$0.head]
      }
      let tape = Tape(recording: false)
      let layout = SequenceLayout(lengths: texts.map(\.count))
      let ids = Array(texts.joined())
      let hidden =
        shared > 0
        ? self.hidden(tape, ids: ids, layout: layout, after: cache)
        : self.hidden(tape, ids: ids, layout: layout)
      add(hidden, tape, Array(streams[pass]), layout, heads, answers, to: &result)
    }
    return result
  }

  /// Leading tokens that every prompt has, each keeping at least one of its own; 0 where sharing
  /// gains nothing or would read a rotary table for another length.
  private func sharedLength(_ prompts: [[Int32]], longestHead: Int, streams: Int) -> Int {
    guard streams > 1 else { return 0 }
    var shared = prompts.map(\.count).min().map { $0 - 1 } ?? 0
    for prompt in prompts.dropFirst() {
      let equal = zip(prompt, prompts[0]).prefix(shared).prefix { $0 == $1 }.count
      shared = min(shared, equal)
    }
    let lengths = prompts.flatMap { [$0.count, $0.count + longestHead] }
    return shared > 0 && lengths.contains { ropeTables.differ(shared, $0) } ? 0 : shared
  }

  /// Adds the log-probs of the tokens of every answer that a stream of the pass reads.
  private func add(
    _ hidden: Variable, _ tape: Tape, _ streams: [AnswerStream], _ layout: SequenceLayout,
    _ heads: AnswerHeads, _ answers: [[Int32]], to result: inout [[Double]]
  ) {
    var (rows, starts, ids) = ([Int](), [0], [Int32]())
    var owners: [(prompt: Int, answer: Int)] = []
    for (index, stream) in streams.enumerated() {
      let head = heads.texts[stream.head]
      // The last row of the prompt predicts the first token of an answer.
      let first = layout.rows(of: index).upperBound - head.count - 1
      for place in 0...head.count {
        for answer in heads.answers[stream.head] where place < answers[answer].count {
          ids.append(answers[answer][place])
          owners.append((stream.prompt, answer))
        }
        rows.append(first + place)
        starts.append(ids.count)
      }
    }
    let values = logProbs(tape, hidden: tape.selectRows(hidden, rows), entries: (starts, ids))
    for (owner, value) in zip(owners, values.value.floats()) {
      result[owner.prompt][owner.answer] += Double(value)
    }
  }
}

/// One text that goes through the model: a prompt and what some answers begin with.
private struct AnswerStream {
  var prompt: Int
  var head: Int
}

/// What answers are without their last tokens: all that has to be read to know the answers'
/// probabilities. A head that another one begins with is read there.
private struct AnswerHeads {
  private(set) var texts: [[Int32]] = []
  /// Which answers are read at each head.
  private(set) var answers: [[Int]] = []

  init(_ all: [[Int32]]) {
    // The longest first, so that every later one finds what it is a part of.
    let order = all.indices.sorted { (all[$0].count, $1) > (all[$1].count, $0) }
    for answer in order {
      let head = Array(all[answer].dropLast())
      if let place = texts.firstIndex(where: { $0.starts(with: head) }) {
        answers[place].append(answer)
      } else {
        texts.append(head)
        answers.append([answer])
      }
    }
  }

  var longest: Int { texts.map(\.count).max() ?? 0 }
}
