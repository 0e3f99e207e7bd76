internal import CKernels
internal import Glibc

/// AdamW as torch does it: bias correction, decoupled decay before the update, epsilon outside
/// the square root.
///
/// State is f32, two values a parameter, made at the first step.
public struct AdamW {
  public let parameters: [Variable]
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  /// Updates done.
  public private(set) var stepCount = 0
  private let decays: [Bool]
  private var moments: [(first: Tensor, second: Tensor)] = []

  /// - Parameters:
  ///   - parameters: f32, each with a gradient at every step (a missing one counts as zero).
  ///   - decays: which parameters `weightDecay` applies to; the usual choice leaves out norms.
  public init(
    parameters: [Variable], betas: (Float, Float) = (0.9, 0.999), eps: Float = 1e-8,
    weightDecay: Float = 0, decays: (Variable) -> Bool = { _ in true }
  ) {
    self.parameters = parameters
    (beta1, beta2) = betas
    epsilon = eps
    self.weightDecay = weightDecay
    self.decays = parameters.map(decays)
  }

  /// One update. Gradients are read, multiplied by `gradientScale` (the clip factor), and kept.
  public mutating func step(learningRate: Double, gradientScale: Double = 1) {
    makeMoments()
    stepCount += 1
    let (first, second) = (
      1 - pow(Double(beta1), Double(stepCount)), 1 - pow(Double(beta2), Double(stepCount))
    )
    for (index, parameter) in parameters.enumerated() {
      let decay = decays[index] ? 1 - learningRate * Double(weightDecay) : 1
      let step = ck_adamw_step(
        beta1: beta1, beta2: beta2, epsilon: epsilon, decay: Float(decay),
        step_size: Float(learningRate / first), root_correction: Float(second.squareRoot()),
        gradient_scale: Float(gradientScale))
      let gradient = parameter.gradient ?? Tensor(zeros: parameter.shape)
      update(parameter.value, gradient, moments[index], step)
    }
  }

  /// `NAME.exp_avg` and `NAME.exp_avg_sq` of every parameter (by its position when it has no
  /// name), and `step` [1] i64. The tensors are the live ones: write them before the next step.
  public mutating func exportState() -> [String: Tensor] {
    makeMoments()
    var state = ["step": Tensor([Int64(stepCount)], shape: [1])]
    for (index, moment) in moments.enumerated() {
      state["\(key(index)).exp_avg"] = moment.first
      state["\(key(index)).exp_avg_sq"] = moment.second
    }
    return state
  }

  /// Takes over (copies) what `exportState` gave for the same parameters.
  /// - Throws: `Problem` when a tensor is missing or has another shape.
  public mutating func importState(_ state: [String: Tensor], source: String) throws {
    guard let step = state["step"], step.dtype == .i64, step.count == 1 else {
      throw Problem(
        .badData, at: source, "has no optimiser step", expected: "i64 'step' of shape [1]")
    }
    let loaded = try parameters.indices.map { index in
      (
        first: try copied("\(key(index)).exp_avg", index, from: state, source),
        second: try copied("\(key(index)).exp_avg_sq", index, from: state, source)
      )
    }
    moments = loaded
    stepCount = Int(step.withBytes { $0.loadUnaligned(as: Int64.self) })
  }

  private func key(_ index: Int) -> String { parameters[index].name ?? "\(index)" }

  private mutating func makeMoments() {
    guard moments.isEmpty else { return }
    moments = parameters.map { (Tensor(zeros: $0.shape), Tensor(zeros: $0.shape)) }
  }

  private func copied(
    _ name: String, _ index: Int, from state: [String: Tensor], _ source: String
  ) throws -> Tensor {
    let shape = parameters[index].shape
    guard let tensor = state[name] else {
      throw Problem(.badData, at: source, "optimiser state \(quoted(name)) is missing")
    }
    guard tensor.dtype == .f32, tensor.shape == shape else {
      throw Problem(
        .badData, at: source,
        "optimiser state \(quoted(name)) is \(tensor.dtype) of shape \(tensor.shape)",
        expected: "f32 of shape \(shape)")
    }
    return tensor.copied()
  }

  private func update(
    _ value: Tensor, _ gradient: Tensor, _ moment: (first: Tensor, second: Tensor),
    _ step: ck_adamw_step
  ) {
    precondition(value.storage.isWritable, "a parameter over read-only bytes")
    let (parameter, d) = (value.floatPointer, gradient.floatPointer)
    let (first, second) = (moment.first.floatPointer, moment.second.floatPointer)
    ThreadPool.shared.parallel(over: value.count, grain: elementGrain) { part in
      let start = part.lowerBound
      withUnsafePointer(to: step) {
        operations.adamw(
          parameter + start, first + start, second + start, d + start, part.count, $0)
      }
    }
  }
}
