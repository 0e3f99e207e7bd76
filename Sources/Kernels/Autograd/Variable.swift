/// A tensor that gradients can flow to: a parameter, an input or the result of an op.
///
/// Parameters are long-lived and made with `requiresGradient: true`; results of ops require one
/// when an input does and the tape records.
/// Invariant behind `@unchecked Sendable`: `gradient` is touched by one tape or optimiser at a time.
public final class Variable: @unchecked Sendable {
  public let value: Tensor
  /// Summed by `Tape.backward`, f32 of `value`'s shape; nil is zero. Set to nil to start anew.
  public var gradient: Tensor? {
    didSet { gradientIsShared = false }
  }
  public let name: String?
  public let requiresGradient: Bool
  /// The gradient's bytes belong to another variable too: add out of place.
  private var gradientIsShared = false

  /// A variable over `value`. One that requires a gradient is f32.
  public init(_ value: Tensor, name: String? = nil, requiresGradient: Bool = false) {
    precondition(!requiresGradient || value.dtype == .f32, "gradients of \(value.dtype) weights")
    self.value = value
    self.name = name
    self.requiresGradient = requiresGradient
  }

  public var shape: [Int] { value.shape }

  /// Adds `d`, whose bytes nobody else writes from now on.
  func accumulate(_ d: Tensor) {
    guard requiresGradient else { return }
    precondition(d.count == value.count, "gradient \(d.shape) of value \(value.shape)")
    guard let gradient else {
      self.gradient = d
      return
    }
    let sum = gradientIsShared ? Tensor(uninitialized: value.shape) : gradient
    addElements(gradient, d, into: sum)
    if gradientIsShared { self.gradient = sum }
  }

  /// Adds `d`, whose bytes are (or become) the gradient of other variables as well.
  func accumulateShared(_ d: Tensor) {
    guard requiresGradient else { return }
    let isFirst = gradient == nil
    accumulate(d)
    if isFirst { gradientIsShared = true }
  }

  /// Lets `body` add to the gradient in place. beta is 0 when the memory holds no value yet and
  /// must be written whole, 1 when it must be added to.
  func accumulate(inPlace body: (_ gradient: UnsafeMutablePointer<Float>, _ beta: Float) -> Void) {
    guard requiresGradient else { return }
    if let gradient, !gradientIsShared {
      body(gradient.floatPointer, 1)
      return
    }
    let fresh = Tensor(uninitialized: value.shape)
    if let gradient {
      fresh.floatPointer.update(from: gradient.floatPointer, count: value.count)
      body(fresh.floatPointer, 1)
    } else {
      body(fresh.floatPointer, 0)
    }
    gradient = fresh
  }

  /// As `accumulate(inPlace:)` for bodies that only add: fresh memory is zeroed first.
  func accumulate(adding body: (UnsafeMutablePointer<Float>) -> Void) {
    accumulate { gradient, beta in
      if beta == 0 { gradient.update(repeating: 0, count: value.count) }
      body(gradient)
    }
  }
}
