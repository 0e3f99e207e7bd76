/// A tensor that gradients can flow to: a parameter, an input or the result of an op.
///
/// Parameters are long-lived and made with `requiresGradient: true`; results of ops require one
/// when an input does and the tape records.
/// Invariant behind `@unchecked Sendable`: `gradient` is touched by one tape or optimiser at a time.
public final class Variable: @unchecked Sendable {
  public let value: Tensor
  public let name: String?
  /// Where gradients go. Ops that do not need the value for their backward hold this alone.
  let slot: GradientSlot

  /// A variable over `value`. One that requires a gradient is f32.
  public init(_ value: Tensor, name: String? = nil, requiresGradient: Bool = false) {
    precondition(!requiresGradient || value.dtype == .f32, "gradients of \(value.dtype) weights")
    self.value = value
    self.name = name
    slot = GradientSlot(shape: value.shape, isRequired: requiresGradient)
  }

  /// Summed by `Tape.backward`, f32 of `value`'s shape; nil is zero. Set to nil to start anew.
  public var gradient: Tensor? {
    get { slot.gradient }
    set { slot.gradient = newValue }
  }

  public var requiresGradient: Bool { slot.isRequired }
  public var shape: [Int] { value.shape }
}

/// The gradient of a variable, which outlives the variable's value while a tape runs backward.
final class GradientSlot {
  let shape: [Int]
  let isRequired: Bool
  var gradient: Tensor? {
    didSet { isShared = false }
  }
  /// The gradient's bytes belong to another variable too: add out of place.
  private var isShared = false

  init(shape: [Int], isRequired: Bool) {
    self.shape = shape
    self.isRequired = isRequired
  }

  /// Adds `d`, whose bytes nobody else writes from now on.
  func accumulate(_ d: Tensor) {
    guard isRequired else { return }
    precondition(d.shape == shape, "gradient \(d.shape) of a value \(shape)")
    guard let gradient else {
      self.gradient = d
      return
    }
    let sum = isShared ? Tensor(uninitialized: shape) : gradient
    addElements(gradient, d, into: sum)
    if isShared { self.gradient = sum }
  }

  /// Adds `d`, whose bytes are (or become) the gradient of other variables as well.
  func accumulateShared(_ d: Tensor) {
    guard isRequired else { return }
    let isFirst = gradient == nil
    accumulate(d)
    if isFirst { isShared = true }
  }

  /// Lets `body` add to the gradient in place. beta is 0 when the memory holds no value yet and
  /// must be written whole, 1 when it must be added to.
  func accumulate(inPlace body: (_ gradient: UnsafeMutablePointer<Float>, _ beta: Float) -> Void) {
    guard isRequired else { return }
    if let gradient, !isShared {
      body(gradient.floatPointer, 1)
      return
    }
    let fresh = Tensor(uninitialized: shape)
    if let gradient {
      fresh.floatPointer.update(from: gradient.floatPointer, count: fresh.count)
      body(fresh.floatPointer, 1)
    } else {
      body(fresh.floatPointer, 0)
    }
    gradient = fresh
  }

  /// As `accumulate(inPlace:)` for bodies that only add: fresh memory is zeroed first.
  func accumulate(adding body: (UnsafeMutablePointer<Float>) -> Void) {
    accumulate { gradient, beta in
      if beta == 0 { gradient.update(repeating: 0, count: shape.reduce(1, *)) }
      body(gradient)
    }
  }
}
