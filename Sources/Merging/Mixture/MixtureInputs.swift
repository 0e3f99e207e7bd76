internal import PluginAPI

/// The models of a mixture, opened and found to fit together.
struct MixtureInputs {
  let base: DenseModel
  let experts: [DenseModel]
  let shared: DenseModel?
  let architecture: MixtureArchitecture

  /// - Parameter resolve: Where the model lies that a config names.
  /// - Throws: `Problems` with all faults of all models at once.
  init(_ config: MixtureConfig, resolve: (String) -> String) throws {
    var opening = ModelOpening()
    let base = opening.open(config.baseModel, resolve)
    var experts: [DenseModel] = []
    for expert in config.experts {
      if let model = opening.open(expert.model, resolve) { experts.append(model) }
    }
    let shared = config.sharedExpert.flatMap { opening.open($0.model, resolve) }
    guard let base, opening.problems.isEmpty else { throw Problems(opening.problems) }
    let architecture = try MixtureArchitecture.chosen(for: config, base: base.config)
    self.base = base
    self.experts = experts
    self.shared = shared
    self.architecture = architecture
    let problems = baseFaults() + expertFaults(config)
    if !problems.isEmpty { throw Problems(problems) }
  }

  private func baseFaults() -> [Problem] {
    architecture.denseTensors(base.config).compactMap { name, shape in
      if base.shape(name) == nil, architecture.mayBeZero(name) { return nil }
      return fault(of: base, name, shape)
    }
  }

  private func expertFaults(_ config: MixtureConfig) -> [Problem] {
    let all =
      zip(config.experts, experts)
      + (config.sharedExpert.flatMap { expert in
        shared.map { [(expert, $0)] }
      } ?? [])
    var problems: [Problem] = []
    for (expert, model) in all {
      let differences = differences(of: model.config)
      if differences.isEmpty {
        problems += mlpFaults(of: model)
      } else {
        problems.append(
          Problem(
            .badConfiguration, at: expert.place,
            "expert \(quoted(expert.model)) has "
              + differences.map(\.found).joined(separator: ", "),
            expected: differences.map(\.wanted).joined(separator: ", ") + " as the base model"))
      }
    }
    // A model that serves as several experts has its faults once.
    return problems.enumerated().filter { !problems[..<$0].contains($1) }.map(\.element)
  }

  private func differences(of config: DecoderConfig) -> [(found: String, wanted: String)] {
    let values: [(key: String, found: String, wanted: String)] = [
      ("model_type", config.modelType, base.config.modelType),
      ("hidden_size", "\(config.width)", "\(base.config.width)"),
      ("intermediate_size", "\(config.mlp.width)", "\(base.config.mlp.width)"),
      ("num_hidden_layers", "\(config.layers.count)", "\(base.config.layers.count)"),
      ("hidden_act", "\(config.mlp.activation)", "\(base.config.mlp.activation)"),
      ("mlp_bias", "\(config.mlp.hasBias)", "\(base.config.mlp.hasBias)"),
    ]
    return values.filter { $0.found != $0.wanted }.map {
      ("\($0.key) \($0.found)", "\($0.wanted)")
    }
  }

  private func mlpFaults(of model: DenseModel) -> [Problem] {
    model.config.layers.indices.flatMap { layer in
      ExpertPart.allCases.compactMap { part in
        fault(of: model, part.denseName(layer: layer), part.shape(model.config))
      }
    }
  }

  private func fault(of model: DenseModel, _ name: String, _ shape: [Int]) -> Problem? {
    guard let found = model.shape(name) else {
      return Problem(
        .badData, at: model.folder, "has no tensor \(quoted(name))",
        hint: "the download is incomplete, or the config belongs to other weights")
    }
    guard found != shape else { return nil }
    return Problem(
      .badData, at: model.folder, "tensor \(quoted(name)) has shape \(found)",
      expected: "\(shape) by the config")
  }
}

/// Opens models once each and keeps what is wrong with them.
private struct ModelOpening {
  private(set) var problems: [Problem] = []
  private var opened: [String: DenseModel?] = [:]

  mutating func open(_ reference: String, _ resolve: (String) -> String) -> DenseModel? {
    if let known = opened[reference] { return known }
    var model: DenseModel?
    do {
      model = try DenseModel(reference: reference, folder: resolve(reference))
    } catch let found as Problems {
      problems += found.all
    } catch let found as Problem {
      problems.append(found)
    } catch {
      problems.append(Problem(.failed, at: reference, "\(error)"))
    }
    opened[reference] = model
    return model
  }
}
