public import Formats
public import Kernels
internal import Tokenizers

extension LoadedModel {
  /// A file that belongs to a model, wherever it lies.
  public struct HeldFile: Sendable {
    public enum Content: Sendable {
      case text(String)
      /// The bytes of the file at this path.
      case file(String)
    }

    /// Its name in the folder of a model: `tokenizer.json`.
    public var name: String
    public var content: Content

    public init(name: String, content: Content) {
      self.name = name
      self.content = content
    }
  }

  /// The model that would be opened from a folder with these weights, without such a folder.
  ///
  /// - Parameters:
  ///   - tensors: By their names in a checkpoint of Hugging Face, in its shapes. They are viewed,
  ///     not copied.
  ///   - config: What `config.json` would hold.
  ///   - files: The tokenizer with its settings and template, and `generation_config.json`.
  ///   - name: How messages name the model.
  /// - Throws: `Problem` or `Problems` with everything that is wrong.
  public static func open(
    tensors: [String: Tensor], config: JSON, files held: [HeldFile], name: String,
    options: OpenOptions = .init()
  ) throws -> LoadedModel {
    let decoder = try DecoderModel.open(
      tensors: tensors, config: config, place: name, options: options)
    var files = ModelFiles()
    for file in held {
      switch file.content {
      case .text(let text): files.set(file.name, .text(text))
      case .file(let path): files.set(file.name, .mapped(try MappedFile(path: path)))
      }
    }
    return try LoadedModel(
      decoder: decoder, tokenizer: try files.tokenizer(of: name), files: files, path: name,
      endTokens: files.endTokens(name) ?? decoder.config.specialTokens.eos.map { Int32($0) })
  }
}

extension DecoderModel {
  fileprivate static func open(
    tensors: [String: Tensor], config json: JSON, place: String, options: OpenOptions
  ) throws -> DecoderModel {
    let config = try DecoderConfig.read(
      json, source: "\(place): config", tensorCount: tensors.count)
    let source = HeldSource(tensors, names: Family.of(config).names, place: place)
    return try assemble(config, json, names: source.names, source: source, options: options)
  }
}

/// Tensors in memory, in HF's naming.
private struct HeldSource: WeightSource {
  let tensors: [String: Tensor]
  let names: WeightNames
  let place: String

  init(_ tensors: [String: Tensor], names: WeightNames, place: String) {
    self.tensors = tensors
    self.names = names.fitted { tensors[$0] != nil }
    self.place = place
  }

  var tensorNames: [String] { tensors.keys.sorted() }
  func storedName(_ spec: WeightSpec) -> String { spec.name }
  func shape(_ spec: WeightSpec) -> [Int]? { tensors[spec.name]?.shape }

  func tensor(_ spec: WeightSpec) throws -> Tensor {
    guard let tensor = tensors[spec.name] else {
      throw Problem(.badData, at: place, "has no tensor \(quoted(spec.name))")
    }
    return try asWeight(tensor, named: spec.name, in: place)
  }
}

extension ModelFiles {
  /// The tokenizer that the files describe.
  fileprivate func tokenizer(of model: String) throws -> Tokenizer {
    let name = "tokenizer.json"
    guard let main = try json(name, of: model) else {
      throw Problem(.missingInput, at: model, "has no \(name)")
    }
    return try Tokenizer.load(
      json: main, config: json("tokenizer_config.json", of: model), source: "\(model)/\(name)",
      specialTokensMap: json("special_tokens_map.json", of: model),
      chatTemplate: text("chat_template.jinja", of: model))
  }

  private func json(_ name: String, of model: String) throws -> JSON? {
    try self[name]?.withBytes { try JSON.parse($0, source: "\(model)/\(name)") }
  }

  private func text(_ name: String, of model: String) throws -> String? {
    try self[name]?.withBytes { bytes in
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw Problem(.badData, at: "\(model)/\(name)", "the text is not UTF-8")
      }
      return text
    }
  }
}
