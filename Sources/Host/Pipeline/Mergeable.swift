import PluginAPI

/// Whether a recipe's models are of one architecture, as merging needs them.
struct Mergeable {
  let target: ModelReference
  let sources: [ModelReference]

  /// What must agree; vocabularies may differ.
  private static let keys = [
    "model_type", "hidden_size", "num_hidden_layers", "intermediate_size", "num_attention_heads",
    "num_key_value_heads",
  ]

  /// - Throws: `Problems`, one for each source that cannot be merged with the target, the last of
  ///   them saying which can be.
  func check() throws {
    let wanted = try config(of: target)
    var (problems, fitting): ([Problem], [String]) = ([], [])
    for source in sources {
      do {
        let config = try config(of: source)
        if let difference = difference(config, wanted) {
          problems.append(
            Problem(
              .badConfiguration, at: source.place,
              "\(quoted(source.name)) cannot be merged with the target \(quoted(target.name)): "
                + difference))
        } else {
          fitting.append(quoted(source.name))
        }
      } catch let problem as Problem {
        problems.append(problem)
      }
    }
    guard !problems.isEmpty else { return }
    problems[problems.count - 1].hint =
      (fitting.isEmpty
        ? "none of the sources can be merged with it"
        : "of the sources, only \(fitting.joined(separator: ", ")) can be merged with it")
      + "; other strategies fuse models of any architecture"
    throw Problems(problems)
  }

  private func difference(_ config: JSON, _ wanted: JSON) -> String? {
    for key in Self.keys {
      let (found, expected) = (value(key, of: config), value(key, of: wanted))
      if found != expected {
        return "its \(key) is \(shown(found)), the target's is \(shown(expected))"
      }
    }
    return nil
  }

  private func shown(_ value: JSON?) -> String {
    value.map { $0.string ?? $0.serialized() } ?? "not given"
  }

  /// Of the config, or of the part of it that describes the text model.
  private func value(_ key: String, of config: JSON) -> JSON? {
    config[key] ?? config["text_config"]?[key]
  }

  private func config(of model: ModelReference) throws -> JSON {
    let path = "\(model.location)/config.json"
    guard LocalFiles.exists(path) else {
      throw Problem(
        .badConfiguration, at: model.place,
        "\(quoted(model.name)) cannot be merged: it is no Hugging Face folder",
        expected: "a folder with config.json and weights in safetensors",
        hint: model.location.hasSuffix(".gguf")
          ? "write it as one with 'crucible model convert'" : nil)
    }
    return try JSON.parse(file: path)
  }
}
