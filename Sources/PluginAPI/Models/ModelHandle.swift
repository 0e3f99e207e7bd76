internal import Synchronization

/// A model of a run: known by name from the start, opened when first used, closed to free memory.
public final class ModelHandle: Sendable {
  public let reference: ModelReference
  /// Turns put before every prompt: how a base model is shown what to do.
  public let fewShot: [Message]
  private let opened: Mutex<(any LanguageModel)?> = Mutex(nil)
  private let opener: @Sendable (ModelReference) throws -> any LanguageModel

  public init(
    reference: ModelReference, fewShot: [Message] = [],
    opener: @escaping @Sendable (ModelReference) throws -> any LanguageModel
  ) {
    self.reference = reference
    self.fewShot = fewShot
    self.opener = opener
  }

  public var name: String { reference.name }

  /// The model as a recipe writes it in `sources`: its mapping where it has one, relative paths as
  /// they stood, else a mapping with its path made absolute. What `FusionJob.compose` takes.
  public var written: JSON {
    var mapping = reference.options?.json.object ?? JSONObject()
    if mapping["model"] == nil, !reference.location.isEmpty {
      mapping["model"] = .string(realPath(reference.location) ?? reference.location)
    }
    mapping["name"] = .string(name)
    return .object(mapping)
  }

  /// The model, opened on first use. Throws what the adapter throws.
  public func open() throws -> any LanguageModel {
    try opened.withLock { model in
      if let model { return model }
      let fresh = try opener(reference)
      model = fresh
      return fresh
    }
  }

  /// Lets go of the model; the next `open()` opens it again.
  public func close() { opened.withLock { $0 = nil } }

  /// The model with its weights.
  /// - Parameter purpose: completes "cannot …" where there are none: `be trained`, `teach`.
  /// - Throws: What `open` throws, and `Problem` when its adapter gives answers only.
  public func openDecoder(to purpose: String) throws -> LoadedModel {
    guard let model = try open() as? any TrainableModel else {
      throw Problem(
        .badConfiguration, at: reference.place,
        "\(quoted(name)) cannot \(purpose): its adapter gives answers, not weights",
        hint: "use a Hugging Face directory or a .gguf file")
    }
    return model.loaded
  }
}
