import Merging

/// Merge methods of which only the contract matters, and one that shows its parameters.
protocol ContractOnly: MergeMethod where Options == NoOptions, Input == NoOptions {
  init()
}

extension ContractOnly {
  static var summary: String { "For tests." }
  init(_ options: NoOptions) { self.init() }

  /// The sum of all that takes part: enough to see what does.
  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    try tensor.write { block, result in
      result.fill(0)
      for source in [tensor.base].compactMap({ $0 }) + tensor.inputs.map(\.source) {
        result.add(block.values(of: source))
      }
    }
  }
}

struct Present: ContractOnly {
  static let name = "present"
  static let contract = MergeContract(base: .ignored, missing: .mergePresent)
}

struct Single: ContractOnly {
  static let name = "single"
  static let contract = MergeContract(base: .required, inputs: 1...1, missing: .copySingle)
}

struct BaseAlone: ContractOnly {
  static let name = "base_alone"
  static let contract = MergeContract(base: .required, inputs: 1...1, missing: .copyBase)
}

struct NeedsBase: ContractOnly {
  static let name = "needs_base"
  static let contract = MergeContract(base: .required, missing: .needBase)
}

struct BaseOrDrop: ContractOnly {
  static let name = "base_or_drop"
  static let contract = MergeContract(base: .required, inputs: 2...1000, missing: .copyBaseOrDrop)
}

/// Writes lambda, then the weight of each input, then zeros.
struct Reveal: MergeMethod {
  static let name = "reveal"
  static let summary = "For tests."
  static let contract = MergeContract(base: .optional, missing: .mergePresent, required: ["weight"])

  struct Options: PluginOptions {
    @Setting("A number.") var lambda = 1.0
    @Setting("A flag.") var normalize = false
  }

  struct Input: PluginOptions {
    @Setting("A number.") var weight = 0.0
  }

  let options: Options
  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    var values = [Float](repeating: 0, count: tensor.count)
    let numbers = [options.lambda] + tensor.inputs.map(\.parameters.weight)
    for (index, number) in numbers.prefix(values.count).enumerated() {
      values[index] = Float(number)
    }
    try tensor.write(Tensor(values, shape: tensor.shape))
  }
}

var testMethods: MergeMethods {
  let all: [any MergeMethod.Type] = [
    Present.self, Single.self, BaseAlone.self, NeedsBase.self, BaseOrDrop.self, Reveal.self,
  ]
  return MergeMethods(
    named: { name, place in
      guard let type = all.first(where: { $0.name == name }) else {
        throw Problem(.badConfiguration, at: place, "no method \(name)")
      }
      return type
    }, all: { [TakesDensity.self] + all })
}

/// Has a parameter that the others do not have.
struct TakesDensity: MergeMethod {
  static let name = "takes_density"
  static let summary = "For tests."
  static let contract = MergeContract(base: .ignored, missing: .mergePresent)

  struct Input: PluginOptions {
    @Setting("A number.") var density = 1.0
  }

  init(_ options: NoOptions) {}
  func merge(_ tensor: TensorMerge<Input>) throws { try tensor.write { $1.fill(0) } }
}
