internal import Kernels

/// Batched generation with a KV cache.
///
/// A prompt is computed once, alone, and shared by all of its samples; up to `streams` samples
/// advance together, and a finished one makes room for the next. What a sample becomes depends
/// only on the model, its prompt, its number, the seed and the settings, never on its
/// neighbours: random numbers are keyed by them, prompts are computed one at a time, and a step
/// uses kernels whose rows do not depend on each other as long as it has at most 16 of them
/// (`streamLimit`).
public final class Generator {
  /// Rows of a step up to which every row is computed on its own.
  public static let streamLimit = 16

  private let model: DecoderModel
  private let sampler: Sampler
  private let rules: FinishRules
  private let streams: Int
  private var prompts: [Int: Prompt] = [:]

  /// What the samples of a job share.
  private struct Prompt {
    let segments: [CacheSegment]
    let logits: Tensor
  }

  /// - Parameters:
  ///   - endTokens: Ids that end a sample; they are not part of it.
  ///   - streams: Samples that advance together, 1 to `streamLimit`.
  ///   - decode: Text of token ids, without special tokens. Called from several threads at once.
  public init(
    model: DecoderModel, settings: SamplingSettings, endTokens: Set<Int32>,
    streams: Int = Generator.streamLimit, decode: @escaping @Sendable ([Int32]) -> String
  ) {
    precondition(!model.isClassifier, "a classifier does not generate")
    precondition((1...Self.streamLimit).contains(streams), "\(streams) streams")
    self.model = model
    self.streams = streams
    sampler = Sampler(settings: settings)
    rules = FinishRules(
      endTokens: endTokens, maxTokens: settings.maxTokens,
      lengthLimit: model.config.embedding.learnedPositions ?? Int.max, stop: settings.stop,
      decode: decode)
  }

  /// Draws every sample of every job.
  ///
  /// - Parameter progress: Hears after each step how many samples are finished and how many tokens
  ///   were drawn, both since the start; throws to stop the work.
  /// - Returns: For each job its samples, in the order of `samples`.
  /// - Throws: `Problem` for prompts that do not fit the model, and what `progress` throws.
  public func generate(
    _ jobs: [GenerationJob], progress: (_ finished: Int, _ tokens: Int) throws -> Void
  ) throws -> [[Generation]] {
    for (index, job) in jobs.enumerated() { try check(job, index) }
    defer { prompts = [:] }
    var results = jobs.map { [Generation?](repeating: nil, count: $0.samples.count) }
    var waiting = jobs.indices.flatMap { job in
      jobs[job].samples.indices.map { (job: job, place: $0) }
    }[...]
    var active: [DecodingStream] = []
    var (finished, tokens) = (0, 0)
    while !waiting.isEmpty || !active.isEmpty {
      while active.count < streams, let next = waiting.popFirst() {
        active.append(try start(jobs[next.job], next.job, next.place))
        tokens += 1
        dropPrompts(before: next.job)
      }
      let done = active.filter { $0.finish != nil }
      for stream in done { results[stream.job][stream.place] = result(stream) }
      finished += done.count
      active.removeAll { $0.finish != nil }
      try progress(finished, tokens)
      if done.isEmpty || waiting.isEmpty {
        try step(active)
        tokens += active.count
      }
    }
    return results.map { $0.compactMap { $0 } }
  }

  private func check(_ job: GenerationJob, _ index: Int) throws {
    let vocabulary = model.config.vocabularySize
    guard !job.promptIDs.isEmpty else {
      throw Problem(.badData, at: "prompt \(index)", "is empty", expected: "at least one token")
    }
    if let bad = job.promptIDs.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
      throw Problem(
        .badData, at: "prompt \(index)", "holds token \(bad)",
        expected: "0 to \(vocabulary - 1), the model's vocabulary")
    }
    if job.promptIDs.count >= rules.lengthLimit {
      throw Problem(
        .badData, at: "prompt \(index)", "has \(job.promptIDs.count) tokens",
        expected: "less than the model's \(rules.lengthLimit) positions")
    }
  }

  // MARK: - Streams

  private func start(_ job: GenerationJob, _ index: Int, _ place: Int) throws -> DecodingStream {
    let prompt = prompts[index] ?? prefill(job.promptIDs)
    prompts[index] = prompt
    let stream = DecodingStream(
      job: index, place: place, promptIDs: job.promptIDs,
      cache: StreamCache(prompt: prompt.segments),
      random: job.generator(sample: job.samples[place]))
    try take([stream], prompt.logits)
    return stream
  }

  /// Samples start in the order of their jobs: earlier prompts are not needed for new ones.
  private func dropPrompts(before job: Int) {
    for index in prompts.keys where index < job { prompts[index] = nil }
  }

  private func prefill(_ ids: [Int32]) -> Prompt {
    let tape = Tape(recording: false)
    let context = PrefillContext(model: model, length: ids.count)
    var x = model.embedded(tape, ids: ids, positions: context.positions)
    for layer in model.weights.layers.indices { x = model.layer(tape, x, layer, context) }
    let last = model.norm(tape, tape.selectRows(x, [ids.count - 1]), model.weights.finalNorm)
    return Prompt(segments: context.segments, logits: model.logits(tape, hidden: last).value)
  }

  /// One more token for each of `active`.
  private func step(_ active: [DecodingStream]) throws {
    // Where the rotary table changes with the length, cached keys are turned by the wrong one:
    // those streams are computed anew.
    let (stale, fresh) = active.split { model.ropeTables.differ($0.cache.length, $0.length) }
    for stream in stale {
      let prompt = prefill(stream.promptIDs + stream.tokenIDs)
      stream.cache = StreamCache(prompt: prompt.segments)
      try take([stream], prompt.logits)
    }
    guard !fresh.isEmpty else { return }
    let tape = Tape(recording: false)
    for stream in fresh { stream.cache.makeRoom() }
    let context = StepContext(model: model, caches: fresh.map(\.cache))
    var x = model.embedded(tape, ids: fresh.map(\.lastToken), positions: context.positions)
    for layer in model.weights.layers.indices { x = model.layer(tape, x, layer, context) }
    for stream in fresh { stream.cache.advance() }
    let hidden = model.norm(tape, x, model.weights.finalNorm)
    try take(fresh, model.logits(tape, hidden: hidden).value)
  }

  /// Row i of `logits` [n, V] is the next token's of stream i.
  private func take(_ streams: [DecodingStream], _ logits: Tensor) throws {
    guard logits.isFinite else {
      throw Problem(
        .badData, at: model.config.modelType, "the model computed logits that are no numbers",
        hint: "its weights are damaged or overflow; see 'crucible model inspect --check'")
    }
    let (rows, width) = (UnsafePointer(logits.floatPointer), logits.width)
    withExtendedLifetime(logits) {
      ThreadPool.shared.parallel(streams.count) { index in
        let row = UnsafeBufferPointer(start: rows + index * width, count: width)
        streams[index].take(row, sampler: sampler, rules: rules)
      }
    }
  }

  private func result(_ stream: DecodingStream) -> Generation {
    Generation(
      text: stream.stoppedText ?? rules.decode(stream.tokenIDs), tokenIDs: stream.tokenIDs,
      finish: stream.finish ?? .length, logProb: stream.logProb)
  }
}

extension Array {
  /// The elements that satisfy `predicate`, and the others.
  fileprivate func split(_ predicate: (Element) -> Bool) -> (matching: [Element], others: [Element])
  {
    (filter(predicate), filter { !predicate($0) })
  }
}
