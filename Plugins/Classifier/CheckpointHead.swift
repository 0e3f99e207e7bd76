import Foundation
import PluginAPI

/// What a checkpoint's `config.json` says of its scores; no weight is read.
struct CheckpointHead: Sendable {
  let config: DecoderConfig
  /// Names of its labels or objectives, by place.
  let labels: [String]

  /// - Throws: `OptionError` of `model` when `path` is no checkpoint of this kind, `Problem`s of its
  ///   config.
  init(_ path: String) throws {
    guard !path.hasSuffix(".gguf") else {
      throw OptionError("model", path, "must be a Hugging Face directory")
    }
    let source = "\(path)/config.json"
    guard FileManager.default.fileExists(atPath: source) else {
      throw OptionError("model", path, "must be a checkpoint directory: it has no config.json")
    }
    let json = try JSON.parse(file: source)
    config = try DecoderConfig.read(json, source: source)
    guard config.output != .tokens else {
      throw OptionError(
        "model", path, "must be a sequence-classification checkpoint: it is a language model")
    }
    labels = DecoderConfig.labelNames(json, count: config.scoreCount)
  }

  var isGated: Bool {
    if case .gatedObjectives = config.output { return true }
    return false
  }

  /// The place of the label that `name` means; nil when there is none.
  func place(of name: LabelName) -> Int? {
    switch name {
    case .place(let place): labels.indices.contains(place) ? place : nil
    case .name(let text): labels.firstIndex(of: text)
    }
  }

  /// The labels, for messages.
  var labelList: String {
    let shown = labels.prefix(24).enumerated().map { "\($0) \(quoted($1, limit: 40))" }
    return shown.joined(separator: ", ") + (labels.count > 24 ? ", …" : "")
  }
}
