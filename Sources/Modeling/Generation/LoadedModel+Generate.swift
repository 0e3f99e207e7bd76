internal import Kernels

extension LoadedModel {
  /// Draws every sample of every job; see `Generator`.
  ///
  /// - Parameters:
  ///   - streams: Samples that advance together.
  ///   - progress: Hears after each step how many samples are finished and how many tokens were
  ///     drawn, both since the start; throws to stop the work.
  public func generate(
    _ jobs: [GenerationJob], settings: SamplingSettings,
    streams: Int = Generator.streamLimit,
    progress: (_ finished: Int, _ tokens: Int) throws -> Void = { _, _ in }
  ) throws -> [[Generation]] {
    var settings = settings
    settings.stop += templateStops
    let tokenizer = tokenizer
    let generator = Generator(
      model: decoder, settings: settings, endTokens: Set(endTokens), streams: streams,
      decode: { tokenizer.decode($0, skipSpecialTokens: true) })
    let answers = try generator.generate(jobs, progress: progress)
    return template == nil ? answers.map { $0.map(trimmed) } : answers
  }

  /// Plain turns leave a space before and line ends after the answer.
  private func trimmed(_ answer: Generation) -> Generation {
    var answer = answer
    let text = answer.text.drop { $0.isWhitespace }
    let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) }
    answer.text = String(text[..<(end ?? text.startIndex)])
    return answer
  }
}
