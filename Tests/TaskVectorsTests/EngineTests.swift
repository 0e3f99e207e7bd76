import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

/// The shared engine on tensors that can be followed by hand.
@Suite struct EngineTests {
  @Test func taskArithmetic() throws {
    let subtracting = try method(TaskArithmetic.self) { $0.mix.lambda = 0.7 }
    expectRounded(
      try merged(
        subtracting, base: Small.base,
        inputs: [(Small.a, DenseInput(0.8)), (Small.c, DenseInput(-0.4))]),
      [1.35, -1.72, 0.3775, -0.0125, 1.675, -1.245])
    let normalized = try method(TaskArithmetic.self) { $0.mix.normalize = true }
    expectRounded(
      try merged(
        normalized, base: Small.base,
        inputs: [(Small.a, DenseInput(0.8)), (Small.c, DenseInput(0.4))]),
      [1.25, -2, 0.645833, 0.0625, 1.708333, -0.875])
  }

  @Test(arguments: [
    (true, false, [1.5, -2.5, 0.9375, -0.125, 1.8125, -0.375]),
    (false, false, [1.5, -2.25, 0.71875, -0.125, 1.8125, -0.6875]),
    (true, true, [1.657895, -2.64, 1.06, -0.243421, 1.911184, -0.2]),
  ])
  func ties(normalize: Bool, rescale: Bool, wanted: [Double]) throws {
    let rule = try method(TIES.self) {
      $0.mix.normalize = normalize
      $0.mix.rescale = rescale
    }
    let inputs = [
      (Small.a, DenseInput(1, density: 0.5)), (Small.c, DenseInput(0.5, density: 0.5)),
    ]
    expectRounded(try merged(rule, base: Small.base, inputs: inputs), wanted)
  }

  @Test func breadcrumbs() throws {
    let inputs = [
      (Small.a, Outliers.Input(1, density: 0.5, gamma: 0.2)),
      (Small.c, Outliers.Input(0.5, density: 0.5, gamma: 0.2)),
    ]
    expectRounded(
      try merged(method(Breadcrumbs.self), base: Small.base, inputs: inputs),
      [0.875, -2, 0.71875, -0.125, 1.8125, -1])
    let rescaling = try method(Breadcrumbs.self) { $0.mix.rescale = true }
    expectRounded(
      try merged(rescaling, base: Small.base, inputs: inputs),
      [0.789474, -2.004386, 0.868421, -0.375, 2.020833, -1])
    expectRounded(
      try merged(method(BreadcrumbsTIES.self), base: Small.base, inputs: inputs),
      [0.875, -1.75, 0.71875, -0.125, 1.8125, -1])
  }

  /// DARE's rescaling on a mask that is known: Σ|Δ| = 1.5625 over 0.9375.
  @Test(arguments: [true, false])
  func rescalingMatchesTheSumOfMagnitudes(electsSigns: Bool) throws {
    let rule = Masking(
      mixture: Mixture(MixOptions(normalize: false, rescale: true), electsSigns: electsSigns),
      mask: [1, 0, 1, 0, 1, 1])
    expectRounded(
      try merged(rule, base: Small.base, inputs: [(Small.a, DenseInput(1))]),
      [1.833333, -2, 0.5, 0.25, 2.020833, -1.208333])
  }

  /// Weights are equal and deltas opposite, so every sum is 0 and the positive ones win.
  @Test(arguments: [0.3, 0.7, 1.1])
  func cancellingDeltasCountAsPositive(weight: Double) throws {
    let base = (0..<67).map { _ in Float(0) }
    let x = (0..<67).map { Float($0 % 7 - 3) / 10 }
    let result = try merged(
      method(TIES.self), base: Tensor(base, shape: [67]),
      inputs: [
        (Tensor(x, shape: [67]), DenseInput(weight)),
        (Tensor(x.map { -$0 }, shape: [67]), DenseInput(weight)),
      ])
    for (value, x) in zip(result, x) { #expect(abs(value - abs(x)) <= 6e-8) }
  }

  @Test func weightsThatCancelDivideByOne() throws {
    let rule = try method(TaskArithmetic.self) { $0.mix.normalize = true }
    let inputs = [(Small.a, DenseInput(1)), (Small.c, DenseInput(-1))]
    let wanted = zip(Small.base.floats(), difference(Small.a.floats(), Small.c.floats())).map(+)
    #expect(try merged(rule, base: Small.base, inputs: inputs) == wanted)
  }

  @Test func weightOneGivesTheModelBack() throws {
    // Multiples of 1/16: B + (A − B) is exact.
    let wanted = Small.a.floats()
    func check<Rule: MergeMethod>(_ type: Rule.Type, _ input: Rule.Input) throws {
      #expect(try merged(method(type), base: Small.base, inputs: [(Small.a, input)]) == wanted)
    }
    for density in [1, 1.5] {
      let dense = DenseInput(1, density: density)
      try check(TaskArithmetic.self, dense)
      try check(TIES.self, dense)
      try check(DARELinear.self, dense)
      try check(DARETIES.self, dense)
      try check(Breadcrumbs.self, Outliers.Input(1, density: density, gamma: 0.5))
      try check(BreadcrumbsTIES.self, Outliers.Input(1, density: density, gamma: 0.5))
      try check(DELLA.self, Magprune.Input(1, density: density, epsilon: 0.9))
      try check(DELLALinear.self, Magprune.Input(1, density: density, epsilon: 0.9))
    }
    try check(SCE.self, NoOptions())
    try check(RAM.self, NoOptions())
    try check(RAMPlus.self, NoOptions())
  }

  @Test func theBaseAloneStaysAsItIs() throws {
    func check<Rule: MergeMethod>(_ type: Rule.Type) throws {
      #expect(try merged(method(type), base: Small.base, inputs: []) == Small.base.floats())
      #expect(throws: Problem.self) {
        try merged(method(type), base: nil, inputs: [(Small.a, Rule.Input())])
      }
      #expect(Rule.contract.inputs.contains(0) && Rule.contract.base == .required)
      #expect(Rule.contract.missing == .needBase)
    }
    for type in everyMethod { try check(type) }
  }

  @Test func densityZeroAndBelowLeavesTheBase() throws {
    func check<Rule: MergeMethod>(_ type: Rule.Type, _ input: Rule.Input) throws {
      let result = try merged(method(type), base: Small.base, inputs: [(Small.a, input)])
      #expect(result == Small.base.floats())
    }
    for density in [0, -0.5] {
      try check(TIES.self, DenseInput(1, density: density))
      try check(DARETIES.self, DenseInput(1, density: density))
      try check(BreadcrumbsTIES.self, Outliers.Input(1, density: density, gamma: 0.1))
      try check(DELLA.self, Magprune.Input(1, density: density, epsilon: 0.9))
    }
  }

  /// A model of which nothing is kept still counts in the plain sum's divisor.
  @Test func droppedModelsAreWeighed() throws {
    let rule = try method(DARELinear.self) { $0.mix.normalize = true }
    let result = try merged(
      rule, base: Small.base,
      inputs: [(Small.a, DenseInput(1)), (Small.c, DenseInput(3, density: 0))])
    let wanted = zip(Small.base.floats(), Small.a.floats()).map { $0 + ($1 - $0) / 4 }
    #expect(result == wanted)
  }

  @Test func configsSetTheKeysOfMergekit() throws {
    func keys<Rule: MergeMethod>(_ type: Rule.Type) -> [[String]] {
      [
        OptionReader.describe(Rule.Options()).map(\.key),
        OptionReader.describe(Rule.Input()).map(\.key), Rule.contract.required.sorted(),
      ]
    }
    let mix = ["normalize", "rescale", "lambda", "int8_mask"]
    let wanted = [
      "task_arithmetic": [mix, ["weight", "density"], ["weight"]],
      "ties": [mix, ["weight", "density"], ["weight"]],
      "dare_linear": [mix, ["weight", "density"], ["weight"]],
      "dare_ties": [mix, ["weight", "density"], ["weight"]],
      "breadcrumbs": [mix, ["weight", "density", "gamma"], ["weight"]],
      "breadcrumbs_ties": [mix, ["weight", "density", "gamma"], ["weight"]],
      "della": [mix, ["weight", "density", "epsilon"], ["weight"]],
      "della_linear": [mix, ["weight", "density", "epsilon"], ["weight"]],
      "sce": [["select_topk", "int8_mask", "relative_guard"], [], []],
      "ram": [["epsilon"], [], []], "ramplus_tl": [["epsilon", "r", "alpha"], [], []],
    ]
    #expect(everyMethod.map { $0.name }.sorted() == wanted.keys.sorted())
    for type in everyMethod { #expect(keys(type) == wanted[type.name], "\(type.name)") }
  }

  @Test func defaultsAreThoseOfMergekit() {
    func flags(_ mix: MixOptions) -> [Bool] { [mix.normalize, mix.rescale, mix.int8Mask] }
    #expect(flags(TaskArithmetic.Options().mix) == [false, false, false])
    #expect(flags(TIES.Options().mix) == [true, false, false])
    #expect(flags(DARELinear.Options().mix) == [false, true, false])
    #expect(flags(DARETIES.Options().mix) == [false, true, false])
    #expect(flags(Breadcrumbs.Options().mix) == [false, false, false])
    #expect(flags(BreadcrumbsTIES.Options().mix) == [false, false, false])
    #expect(flags(DELLALinear.Options().mix) == [false, true, false])
    #expect(flags(DELLA.Options().mix) == [true, true, false])
    #expect(TIES.Options().mix.lambda == 1 && DenseInput().density == 1)
    #expect(Outliers.Input().gamma == 0.01 && Magprune.Input().epsilon == 0.15)
    #expect(SCE.Options().selectTopk == 1 && RAM.Options().epsilon == 1e-5)
    let plus = RAMPlus.Options()
    #expect([plus.epsilon, plus.r, plus.alpha] == [1e-5, 0.1, 0.2])
  }
}

let everyMethod: [any MergeMethod.Type] = [
  TaskArithmetic.self, TIES.self, DARELinear.self, DARETIES.self, Breadcrumbs.self,
  BreadcrumbsTIES.self, DELLA.self, DELLALinear.self, SCE.self, RAM.self, RAMPlus.self,
]

/// The engine with a mask that is given.
private struct Masking: MergeMethod {
  static let name = "masking"
  static let summary = "For tests."
  static let contract = MergeContract.taskVectors()
  typealias Input = DenseInput

  struct Mask: Sparsifier {
    static let division = MergeDivision.elements
    let mask: [Float]

    func sparsity<Input>(of vector: TaskVector<Input>) -> Sparsity {
      .masked { delta, block in
        for (index, element) in block.elements.enumerated() { delta[index] *= mask[element] }
      }
    }
  }

  var mixture = Mixture(MixOptions(), electsSigns: false)
  var mask: [Float] = []

  init(_ options: NoOptions) {}
  init(mixture: Mixture, mask: [Float]) { (self.mixture, self.mask) = (mixture, mask) }

  func merge(_ tensor: TensorMerge<DenseInput>) throws {
    try mixture.merge(tensor) { _ in Mask(mask: mask) }
  }
}
