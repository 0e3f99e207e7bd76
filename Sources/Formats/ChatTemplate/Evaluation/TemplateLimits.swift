/// What a template may use before it is stopped: a template comes with a model, from anywhere.
public struct TemplateLimits: Sendable {
  /// Evaluated nodes; bytes made count an eighth, what is compared or printed by its size.
  public var steps: Int
  /// Bytes of the rendered text and of any string on the way to it.
  public var outputBytes: Int
  /// Statements, expressions and macro calls inside each other.
  public var depth: Int

  public init(steps: Int = 8_000_000, outputBytes: Int = 32 << 20, depth: Int = 400) {
    self.steps = steps
    self.outputBytes = outputBytes
    self.depth = depth
  }

  public static let `default` = TemplateLimits()
}

/// What is left of the limits while a template runs.
struct TemplateBudget {
  let limits: TemplateLimits
  private var steps: Int
  private var depth = 0

  init(_ limits: TemplateLimits) {
    self.limits = limits
    steps = limits.steps
  }

  /// Counts one evaluated node.
  mutating func step(at offset: Int) throws {
    steps -= 1
    if steps < 0 { throw Self.exhausted(limits).placed(at: offset) }
  }

  /// Counts `size` bytes or items that are about to be made, `times` over.
  mutating func charge(_ size: Int, times: Int) throws {
    let (product, overflow) = size.multipliedReportingOverflow(by: max(0, times))
    try charge(overflow ? .max : product)
  }

  /// Counts `size` bytes or items that are about to be made.
  mutating func charge(_ size: Int) throws {
    try check(size: size)
    try spend(size >> 3)
  }

  /// Counts work beyond the evaluation of a node, in steps.
  mutating func spend(_ work: Int) throws {
    guard work <= steps else { throw Self.exhausted(limits) }
    steps -= max(0, work)
  }

  func check(size: Int) throws {
    guard size <= limits.outputBytes else {
      throw TemplateFault(
        .limit, "the template makes a value or text of more than \(limits.outputBytes) bytes")
    }
  }

  mutating func enter(at offset: Int) throws {
    depth += 1
    guard depth <= limits.depth else {
      throw TemplateFault(
        .limit, "the template recurses more than \(limits.depth) deep", at: offset)
    }
  }

  mutating func leave() { depth -= 1 }

  private static func exhausted(_ limits: TemplateLimits) -> TemplateFault {
    TemplateFault(.limit, "the template does not end within \(limits.steps) steps")
  }
}
