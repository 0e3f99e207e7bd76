internal import CKernels

/// Heads and masking of an attention.
public struct AttentionShape: Sendable, Equatable {
  /// Query heads; a multiple of `kvHeads`. Query head h uses key head h · kvHeads / heads.
  public var heads: Int
  public var kvHeads: Int
  public var headDim: Int
  /// Multiplies q·k; usually 1/√headDim.
  public var scale: Float
  /// A query sees itself and the window − 1 tokens before it; nil: all.
  public var window: Int?
  /// Scores become cap · tanh(score / cap) after the scale, before the mask.
  public var softcap: Float?
  /// A query sees no token after itself.
  public var isCausal: Bool

  public init(
    heads: Int, kvHeads: Int, headDim: Int, scale: Float? = nil, window: Int? = nil,
    softcap: Float? = nil, isCausal: Bool = true
  ) {
    precondition(kvHeads > 0 && heads % kvHeads == 0, "\(heads) heads over \(kvHeads)")
    precondition(window.map { $0 > 0 } ?? true, "window \(window ?? 0)")
    self.heads = heads
    self.kvHeads = kvHeads
    self.headDim = headDim
    self.scale = scale ?? 1 / Float(headDim).squareRoot()
    self.window = window
    self.softcap = softcap
    self.isCausal = isCausal
  }

  var group: Int { heads / kvHeads }
  var queryWidth: Int { heads * headDim }
  var keyWidth: Int { kvHeads * headDim }
}

extension Tape {
  /// Softmax attention inside each sequence of `layout`.
  ///
  /// q [N, heads · headDim], k and v [N, kvHeads · headDim]; gives [N, heads · headDim]. Keeps q,
  /// k, v, the output and one float a head and row; scores are made block by block and again for
  /// the backward.
  public func attention(
    q: Variable, k: Variable, v: Variable, layout: SequenceLayout, shape: AttentionShape
  ) -> Variable {
    let rows = layout.tokenCount
    precondition(
      q.shape == [rows, shape.queryWidth] && k.shape == [rows, shape.keyWidth]
        && v.shape == k.shape, "attention of \(q.shape), \(k.shape), \(v.shape) for \(shape)")
    let output = Tensor(uninitialized: q.shape)
    let logSums = Tensor(uninitialized: [shape.heads, rows])
    let pass = AttentionPass(
      shape: shape, layout: layout, q: q.value.floatPointer, k: k.value.floatPointer,
      v: v.value.floatPointer, output: output.floatPointer, logSums: logSums.floatPointer)
    pass.forward()
    return record(output, from: [q, k, v]) { dOutput in
      let dQ = Tensor(uninitialized: q.shape)
      let (dK, dV) = (Tensor(uninitialized: k.shape), Tensor(uninitialized: v.shape))
      withExtendedLifetime((output, logSums, k, v)) {
        pass.backward(
          dOutput.floatPointer, dQ: dQ.floatPointer, dK: dK.floatPointer, dV: dV.floatPointer)
      }
      q.slot.accumulate(dQ)
      k.slot.accumulate(dK)
      v.slot.accumulate(dV)
    }
  }
}

/// One attention over packed rows. Tasks are (sequence, key head) pairs: each writes its own part
/// of every result, so that sums have one order whatever the threads.
private struct AttentionPass {
  let shape: AttentionShape
  let layout: SequenceLayout
  let q: FloatPointer
  let k: FloatPointer
  let v: FloatPointer
  let output: FloatPointer
  let logSums: FloatPointer

  /// Queries a block of scores holds.
  private static let blockRows = 64

  /// A block of one head's scores: its queries, and the keys any of them sees.
  private struct Block {
    let head: Int
    let queries: Range<Int>  // packed rows
    let keys: Range<Int>
    let start: Int  // row of the sequence's first token

    var count: Int { queries.count }

    func visibility(_ shape: AttentionShape) -> ck_attention_block {
      ck_attention_block(
        rows: queries.count, columns: keys.count, stride: keys.count,
        first_query: queries.lowerBound - start, first_key: keys.lowerBound - start,
        causal: shape.isCausal, window: shape.window ?? 0, scale: shape.scale,
        softcap: shape.softcap ?? 0)
    }
  }

  func forward() {
    forEachTask { blocks, rows in
      withScratch(Self.blockRows * rows.count) { scores in
        for block in blocks {
          score(block, into: scores)
          var visibility = block.visibility(shape)
          operations.attention_softmax(scores, logSum(block), &visibility)
          multiplySerially(
            m: block.count, n: shape.headDim, k: block.keys.count,
            MatrixOperand(scores, stride: block.keys.count), keyOperand(v, block),
            into: queryPart(output, block), stride: shape.queryWidth)
        }
      }
    }
  }

  func backward(_ dOutput: FloatPointer, dQ: FloatPointer, dK: FloatPointer, dV: FloatPointer) {
    forEachTask { blocks, rows in
      guard let head = blocks.first?.head else { return }
      clearKeyPart(dK, head: head, rows)
      clearKeyPart(dV, head: head, rows)
      withScratch(2 * Self.blockRows * rows.count) { scores in
        let dScores = scores + Self.blockRows * rows.count
        for block in blocks {
          backward(
            block, dOutput, scores: scores, dScores: dScores, dQ: dQ, dK: dK, dV: dV)
        }
      }
    }
  }

  private func backward(
    _ block: Block, _ dOutput: FloatPointer, scores: FloatPointer, dScores: FloatPointer,
    dQ: FloatPointer, dK: FloatPointer, dV: FloatPointer
  ) {
    let (rows, columns, size) = (block.count, block.keys.count, shape.headDim)
    let upstream = MatrixOperand(queryPart(dOutput, block), stride: shape.queryWidth)
    score(block, into: scores)
    var valuesTransposed = keyOperand(v, block)
    valuesTransposed.isTransposed = true
    multiplySerially(  // d(probabilities) = dOutput · vᵀ
      m: rows, n: columns, k: size, upstream, valuesTransposed, into: dScores, stride: columns)

    let delta = (0..<rows).map { row in
      operations.dot(
        queryPart(dOutput, block) + row * shape.queryWidth,
        queryPart(output, block) + row * shape.queryWidth, size)
    }
    var visibility = block.visibility(shape)
    operations.attention_softmax_backward(scores, dScores, logSum(block), delta, &visibility)

    multiplySerially(  // dV += probabilitiesᵀ · dOutput
      m: columns, n: size, k: rows, MatrixOperand(scores, stride: columns, transposed: true),
      upstream, beta: 1, into: keyPart(dV, block), stride: shape.keyWidth)
    multiplySerially(
      m: rows, n: size, k: columns, MatrixOperand(dScores, stride: columns),
      keyOperand(k, block), into: queryPart(dQ, block), stride: shape.queryWidth)
    multiplySerially(
      m: columns, n: size, k: rows, MatrixOperand(dScores, stride: columns, transposed: true),
      MatrixOperand(queryPart(q, block), stride: shape.queryWidth), beta: 1,
      into: keyPart(dK, block), stride: shape.keyWidth)
  }

  /// Runs `body` for every (sequence, key head) with the blocks of its query heads in order, and
  /// the sequence's rows.
  private func forEachTask(_ body: ([Block], Range<Int>) -> Void) {
    ThreadPool.shared.parallel(layout.count * shape.kvHeads) { task in
      let rows = layout.rows(of: task / shape.kvHeads)
      let keyHead = task % shape.kvHeads
      var blocks: [Block] = []
      for head in keyHead * shape.group..<(keyHead + 1) * shape.group {
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.blockRows) {
          let queries = start..<min(rows.upperBound, start + Self.blockRows)
          blocks.append(
            Block(
              head: head, queries: queries, keys: visibleKeys(queries, in: rows),
              start: rows.lowerBound))
        }
      }
      body(blocks, rows)
    }
  }

  private func visibleKeys(_ queries: Range<Int>, in rows: Range<Int>) -> Range<Int> {
    let first = shape.window.map { max(rows.lowerBound, queries.lowerBound - $0 + 1) }
    return (first ?? rows.lowerBound)..<(shape.isCausal ? queries.upperBound : rows.upperBound)
  }

  /// q · kᵀ of the block.
  private func score(_ block: Block, into scores: FloatPointer) {
    var keysTransposed = keyOperand(k, block)
    keysTransposed.isTransposed = true
    multiplySerially(
      m: block.count, n: block.keys.count, k: shape.headDim,
      MatrixOperand(queryPart(q, block), stride: shape.queryWidth), keysTransposed, into: scores,
      stride: block.keys.count)
  }

  private func queryPart(_ base: FloatPointer, _ block: Block) -> FloatPointer {
    base + block.queries.lowerBound * shape.queryWidth + block.head * shape.headDim
  }

  private func keyPart(_ base: FloatPointer, _ block: Block) -> FloatPointer {
    base + block.keys.lowerBound * shape.keyWidth + block.head / shape.group * shape.headDim
  }

  private func keyOperand(_ base: FloatPointer, _ block: Block) -> MatrixOperand {
    MatrixOperand(keyPart(base, block), stride: shape.keyWidth)
  }

  private func logSum(_ block: Block) -> FloatPointer {
    logSums + block.head * layout.tokenCount + block.queries.lowerBound
  }

  /// Zeroes the gradient of the key head of `head` over a sequence's rows.
  private func clearKeyPart(_ base: FloatPointer, head: Int, _ rows: Range<Int>) {
    for row in rows {
      let part = base + row * shape.keyWidth + head / shape.group * shape.headDim
      part.update(repeating: 0, count: shape.headDim)
    }
  }
}
