/// Every checkpoint of the core answers and can be trained, whatever adapter opened it.
extension LoadedModel: TrainableModel {
  public var loaded: LoadedModel { self }

  public func generate(
    _ requests: [GenerationRequest], settings: SamplingSettings,
    progress: (_ finished: Int, _ tokens: Int) throws -> Void
  ) throws -> [[Generation]] {
    guard !decoder.isClassifier else {
      throw Problem(
        .badConfiguration, at: name, "is a reward model: it scores and does not answer",
        hint: "use it as a reward: {plugin: classifier, model: PATH}")
    }
    let jobs = try requests.map {
      GenerationJob(
        promptIDs: try chatPromptIDs($0.messages), samples: $0.samples, seed: $0.seed)
    }
    return try generate(jobs, settings: settings, progress: progress)
  }
}
