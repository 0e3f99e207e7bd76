/// Prompts divided at random between the supervised stage and the preference stage, each part in
/// file order.
public struct PromptSplit: Sendable {
  public var fineTuning: [Prompt]
  public var preference: [Prompt]

  /// - Parameter share: Part of the prompts that go to `fineTuning`, 0...1, rounded to a whole
  ///   prompt.
  public init(_ prompts: [Prompt], share: Double, seed: UInt64) {
    let count = Int((Double(prompts.count) * share).rounded())
    let order = CounterRNG(seed: seed, stream: Self.stream).permutation(prompts.count)
    let chosen = Set(order.prefix(count))
    fineTuning = prompts.indices.filter { chosen.contains($0) }.map { prompts[$0] }
    preference = prompts.indices.filter { !chosen.contains($0) }.map { prompts[$0] }
  }

  private static let stream: UInt64 = 0x5350_4C49_5400
}
