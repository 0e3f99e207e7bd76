import Formats
import Foundation
import Kernels
import Testing

@testable import Modeling

struct GeneratorTests {
  private let families = ["llama", "qwen2", "gemma3", "gpt2", "phi3"]
  private let settings = SamplingSettings(temperature: 0.9, topP: 0.95, maxTokens: 20)

  private func jobs(_ count: Int, samples: Int) -> [GenerationJob] {
    (0..<count).map { job in
      let ids = (0...3 + 5 * job % 17).map { Int32(3 + ($0 * 7 + job * 11) % 50) }
      return GenerationJob(promptIDs: ids, samples: Array(0..<samples), seed: 5)
    }
  }

  private func generate(
    _ model: DecoderModel, _ jobs: [GenerationJob], _ settings: SamplingSettings,
    streams: Int = 16, ends: Set<Int32> = [2]
  ) throws -> [[Generation]] {
    let generator = Generator(
      model: model, settings: settings, endTokens: ends, streams: streams,
      decode: { $0.map { "<\($0)>" }.joined() })
    return try generator.generate(jobs) { _, _ in }
  }

  @Test(arguments: ["llama", "qwen2", "gemma3", "gpt2", "phi3"])
  func samplesDoNotDependOnTheirNeighbours(_ family: String) throws {
    let model = try tinyModel(family)
    let jobs = jobs(7, samples: 5)
    let together = try generate(model, jobs, settings)
    #expect(Set(together.joined().map(\.text)).count > 10, "samples differ from each other")
    for streams in [1, 3, 8] {
      #expect(try generate(model, jobs, settings, streams: streams) == together)
    }
    let reversed = try generate(model, jobs.reversed(), settings)
    #expect(reversed == together.reversed())
    let alone = try jobs.map { job in
      try job.samples.map { sample in
        let one = GenerationJob(promptIDs: job.promptIDs, samples: [sample], seed: job.seed)
        return try generate(model, [one], settings)[0][0]
      }
    }
    #expect(alone == together)
  }

  @Test func seedsDiffer() throws {
    let model = try tinyModel("llama")
    var job = jobs(1, samples: 3)[0]
    let one = try generate(model, [job], settings)
    job.seed = 6
    #expect(try generate(model, [job], settings) != one)
  }

  /// The cached path and the packed path agree: greedy tokens and the sum of log-probs.
  @Test(arguments: ["llama", "qwen2", "gemma3", "gpt2", "phi3"])
  func cacheEqualsNoCache(_ family: String) throws {
    let model = try tinyModel(family)
    let settings = SamplingSettings(temperature: 0, maxTokens: 24)
    for (job, samples) in zip(
      jobs(4, samples: 1), try generate(model, jobs(4, samples: 1), settings, ends: []))
    {
      var ids = job.promptIDs
      var logProb = 0.0
      for _ in 0..<24 {
        let logits = model.logits(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
        let last = logits.rows(ids.count - 1..<ids.count).floats()
        let best = last.indices.reduce(0) { last[$1] > last[$0] ? $1 : $0 }
        logProb += Double(last[best]) - last.withUnsafeBufferPointer { logSumExp($0) }
        ids.append(Int32(best))
      }
      #expect(samples[0].tokenIDs == Array(ids.dropFirst(job.promptIDs.count)))
      #expect(abs(samples[0].logProb - logProb) < 1e-3, "24 sums of f32 rounding")
    }
  }

  @Test func endTokensEndAndAreLeftOut() throws {
    let model = try tinyModel("llama")
    let job = jobs(1, samples: 1)[0]
    let greedy = SamplingSettings(temperature: 0, maxTokens: 12)
    let free = try generate(model, [job], greedy, ends: [])[0][0]
    #expect(free.finish == .length && free.tokenIDs.count == 12)
    let end = free.tokenIDs[5]
    let first = free.tokenIDs.firstIndex(of: end) ?? 0
    let ended = try generate(model, [job], greedy, ends: [end])[0][0]
    #expect(ended.finish == .stop)
    #expect(ended.tokenIDs == Array(free.tokenIDs[..<first]))
  }

  @Test func stopStringsEndAndAreLeftOut() throws {
    let model = try tinyModel("llama")
    let job = jobs(1, samples: 1)[0]
    var greedy = SamplingSettings(temperature: 0, maxTokens: 12)
    let free = try generate(model, [job], greedy, ends: [])[0][0]
    // A stop string that begins at the end of one token and ends inside the next.
    let text = free.tokenIDs.map { "<\($0)>" }.joined()
    let stop = "><\(free.tokenIDs[4])"
    greedy.stop = ["nowhere", stop]
    let stopped = try generate(model, [job], greedy, ends: [])[0][0]
    #expect(stopped.finish == .stop)
    let wanted = try #require(text.range(of: stop)).lowerBound
    #expect(stopped.text == text[..<wanted])
    // Only whole tokens of that text are kept.
    #expect(stopped.tokenIDs.map { "<\($0)>" }.joined().count <= stopped.text.count)
    #expect(stopped.tokenIDs == Array(free.tokenIDs[..<stopped.tokenIDs.count]))
  }

  @Test func generationEndsWhereLearnedPositionsDo() throws {
    let model = try tinyModel("gpt2")
    let job = GenerationJob(promptIDs: Array(repeating: 5, count: 60), samples: [0], seed: 1)
    let settings = SamplingSettings(temperature: 0, maxTokens: 50)
    let result = try generate(model, [job], settings, ends: [])[0][0]
    #expect(result.tokenIDs.count == 4 && result.finish == .length)
    #expect(throws: Problem.self) {
      try generate(
        model, [GenerationJob(promptIDs: Array(repeating: 5, count: 64), samples: [0], seed: 1)],
        settings)
    }
  }

  @Test func badPromptsAreRefused() throws {
    let model = try tinyModel("llama")
    for ids: [Int32] in [[], [61], [-1]] {
      #expect(throws: Problem.self) {
        try generate(model, [GenerationJob(promptIDs: ids, samples: [0], seed: 1)], settings)
      }
    }
  }

  @Test func progressCountsAndCanStop() throws {
    struct Stopped: Error {}
    let generator = Generator(
      model: try tinyModel("llama"), settings: settings, endTokens: [], decode: { _ in "" })
    var last = (0, 0)
    _ = try generator.generate(jobs(3, samples: 2)) { last = ($0, $1) }
    #expect(last == (6, 6 * 20))
    #expect(throws: Stopped.self) {
      try generator.generate(jobs(3, samples: 2)) { _, tokens in
        if tokens > 30 { throw Stopped() }
      }
    }
  }
}
