import ArgumentParser
import PluginAPI

/// `crucible bench …`: what this machine reaches, as rates beside what it could.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the parts that decide how long a run takes.",
    subcommands: [
      Gemm.self, Decode.self, Prefill.self, Teach.self, Train.self, Tokenize.self, Align.self,
      MergeBench.self,
    ])

  struct Gemm: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Matrix products through the thread pool, beside OpenBLAS called directly.")

    @Option(help: "Rows, columns and inner size.") var size = 1536
    @Option(help: "Turns; the median counts.") var turns = 7
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      guard (1...16384).contains(size), (1...1000).contains(turns) else {
        throw ValidationError("--size must be in 1...16384, --turns in 1...1000")
      }
    }

    func run() throws {
      let a = Tensor([Float](repeating: 0.5, count: size * size), shape: [size, size])
      let b = Tensor([Float](repeating: 0.25, count: size * size), shape: [size, size])
      let threads = ThreadPool.shared.threadCount
      let flops = 2 * Double(size) * Double(size) * Double(size)
      let (ours, direct) = Stopwatch.medians(turns: turns) {
        _ = matmul(a, b)
      } beside: {
        _ = BLAS.matmul(a, b, threads: threads)
      }
      BenchReport("gemm \(size)x\(size)x\(size) f32, \(threads) threads")
        .with("pool", flops / ours / 1e9, "GFLOP/s")
        .with("openblas", flops / direct / 1e9, "GFLOP/s")
        .with("ratio", direct / ours, "of openblas")
        .print(asJSON: json)
    }
  }

  struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Greedy decoding of one stream and sampling of 16, beside memory bandwidth.")

    @Argument(help: "Model reference.") var model: String
    @Option(help: "Tokens a stream.") var tokens = 64
    @Flag(help: "Decode with f32 weights whatever the file holds.") var f32 = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let decoder = try benchDecoder(model, f32: f32)
      let bandwidth = readBandwidth()
      let single = try decodeSeconds(decoder, streams: 1)
      let batched = try decodeSeconds(decoder, streams: 16)
      let weights = Double(decoder.parameters.reduce(0) { $0 + $1.variable.value.byteCount })
      let rate = Double(tokens) / single
      BenchReport("decode \(model), \(tokens) tokens a stream")
        .with("single", rate, "tok/s")
        .with("weights", weights / 1e6, "MB a token")
        .with("read", weights * rate / 1e9, "GB/s")
        .with("bandwidth", bandwidth / 1e9, "GB/s")
        .with("share", weights * rate / bandwidth, "of bandwidth")
        .with("streams_16", 16 * Double(tokens) / batched, "tok/s")
        .with("speedup_16", 16 * single / batched, "of single")
        .print(asJSON: json)
    }

    func validate() throws { try checkTokens(tokens) }

    private func decodeSeconds(_ decoder: DecoderModel, streams: Int) throws -> Double {
      let settings = SamplingSettings(temperature: streams == 1 ? 0 : 1, maxTokens: tokens)
      let generator = Generator(
        model: decoder, settings: settings, endTokens: [], decode: { _ in "" })
      let job = GenerationJob(promptIDs: [1, 2, 3, 4], samples: Array(0..<streams), seed: 1)
      return try Stopwatch.median(turns: 3) { _ = try generator.generate([job]) { _, _ in } }
    }
  }

  struct Prefill: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Reading a prompt.")

    @Argument(help: "Model reference.") var model: String
    @Option(help: "Tokens of the prompt.") var tokens = 512
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { try checkTokens(tokens) }

    func run() throws {
      let decoder = try benchDecoder(model, f32: false)
      let settings = SamplingSettings(temperature: 0, maxTokens: 1)
      let generator = Generator(
        model: decoder, settings: settings, endTokens: [], decode: { _ in "" })
      let ids = benchIDs(tokens, vocabulary: decoder.config.vocabularySize)
      let job = GenerationJob(promptIDs: ids, samples: [0], seed: 1)
      let seconds = try Stopwatch.median(turns: 3) { _ = try generator.generate([job]) { _, _ in } }
      BenchReport("prefill \(model), \(tokens) tokens")
        .with("rate", Double(tokens) / seconds, "tok/s").print(asJSON: json)
    }
  }

  struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Encoding text, one thread.")

    @Argument(help: "Directory, .gguf file or tokenizer.json.") var model: String
    @Option(help: "JSON Lines file of {\"text\"} rows.") var texts: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let tokenizer = try Tokenizer.load(path: modelLocation(model, OptionContext(folder: ".")))
      let texts = try JSONLines.read(path: texts).compactMap { $0.value["text"]?.string }
      let bytes = Double(texts.reduce(0) { $0 + $1.utf8.count })
      var count = 0
      let seconds = try Stopwatch.median(turns: 3) {
        count = try texts.reduce(0) { try $0 + tokenizer.encodeIDs($1).count }
      }
      BenchReport("tokenize \(model), \(texts.count) texts, \(count) tokens")
        .with("rate", bytes / seconds / 1e6, "MB/s").print(asJSON: json)
    }
  }
}

private func checkTokens(_ count: Int) throws {
  guard (1...100_000).contains(count) else {
    throw ValidationError("--tokens must be in 1...100000")
  }
}

/// The weights of a model, in f32 on request.
func benchDecoder(_ text: String, f32: Bool) throws -> DecoderModel {
  let decoder = try DecoderModel.open(modelLocation(text, OptionContext(folder: ".")))
  return f32 ? decoder.snapshot() : decoder
}

/// Token ids without meaning, the same every time.
func benchIDs(_ count: Int, vocabulary: Int) -> [Int32] {
  (0..<count).map { Int32(1 + ($0 * 7919) % max(1, vocabulary - 1)) }
}

/// Bytes a second that all threads read from memory without copying: half a gigabyte, scanned.
func readBandwidth() -> Double {
  let block = Tensor([Float](repeating: 1, count: 128 << 20), shape: [128 << 20])
  let seconds = Stopwatch.median(turns: 5) { precondition(block.isFinite) }
  return Double(block.byteCount) / seconds
}
