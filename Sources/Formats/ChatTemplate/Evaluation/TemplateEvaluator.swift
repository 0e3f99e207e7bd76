/// Runs the statements of a template once.
///
/// Text goes to the innermost open buffer: macros, call blocks and captured blocks open one each.
final class TemplateEvaluator {
  enum Flow { case normal, breakLoop, continueLoop }

  var budget: TemplateBudget
  var scope: TemplateScope
  let now: CalendarTime?
  /// Start and end of `{% generation %}` blocks in code points of the text.
  private(set) var spans: [(start: Int, end: Int)] = []
  private var buffers: [[UInt8]] = [[]]
  /// Bytes of the outermost buffer that are counted, and the code points they hold.
  private var counted = (bytes: 0, points: 0)
  /// Made while running; emptied at the end, since they may hold one another.
  private var scopes: [TemplateScope] = []
  private var namespaces: [TemplateNamespace] = []

  init(variables: [String: TemplateValue], limits: TemplateLimits, now: CalendarTime?) {
    budget = TemplateBudget(limits)
    self.now = now
    scope = TemplateScope(variables, in: TemplateScope(TemplateGlobals.all))
    scopes = [scope]
  }

  deinit {
    for scope in scopes { scope.clear() }
    for namespace in namespaces { namespace.clear() }
  }

  /// The text of the whole template.
  func run(_ body: [TemplateStatement]) throws -> [UInt8] {
    _ = try execute(body)
    return buffers[0]
  }

  /// Macros hold the scope they were made in: `scope` is emptied at the end, and costs a little,
  /// since it lives as long.
  func keep(_ scope: TemplateScope) throws {
    try budget.spend(32)
    scopes.append(scope)
  }
  func keep(_ namespace: TemplateNamespace) { namespaces.append(namespace) }

  // MARK: - Text

  func write(_ text: PythonText) throws {
    let top = buffers.count - 1
    try budget.charge(text.bytes.count)
    try budget.check(size: buffers[top].count + text.bytes.count)
    buffers[top].append(contentsOf: text.bytes)
  }

  /// `str(value)`, at the price of its weight.
  func shown(_ value: TemplateValue) throws -> PythonText {
    try budget.spend(value.weight)
    return try value.printed()
  }

  /// What `body` writes, instead of writing it.
  func captured(_ body: () throws -> Void) throws -> PythonText {
    buffers.append([])
    let depth = buffers.count
    defer { buffers.removeSubrange((depth - 1)...) }
    try body()
    return PythonText(buffers[depth - 1])
  }

  /// Runs `body` with variables of its own on top of `parent`.
  func within<Result>(
    _ inner: TemplateScope, _ body: () throws -> Result
  ) rethrows -> Result {
    let outer = scope
    scope = inner
    defer { scope = outer }
    return try body()
  }

  /// A `{% generation %}` block: its text is the assistant's.
  func generate(_ body: [TemplateStatement]) throws {
    let text = try captured {
      try within(TemplateScope(in: scope)) { _ = try execute(body) }
    }
    let written = buffers[0].count
    counted.points += PythonText(buffers[0][counted.bytes..<written]).count
    counted.bytes = written
    spans.append((counted.points, counted.points + text.count))
    try write(text)
  }

  // MARK: - Statements

  func execute(_ body: [TemplateStatement]) throws -> Flow {
    for statement in body {
      do {
        try budget.step(at: statement.offset)
        let flow = try execute(statement)
        if flow != .normal { return flow }
      } catch let fault as TemplateFault {
        throw fault.placed(at: statement.offset)
      }
    }
    return .normal
  }

  private func execute(_ statement: TemplateStatement) throws -> Flow {
    switch statement.kind {
    case .text(let text): try write(text)
    case .print(let value): try write(try shown(try evaluate(value)))
    case .assign(let target, let value): try assign(try evaluate(value), to: target)
    case .conditional(let branches, let otherwise):
      return try nested(at: statement.offset) { try choose(branches, otherwise) }
    case .loop(let loop):
      try nested(at: statement.offset) { try run(loop) }
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    default: return try nested(at: statement.offset) { try executeBlock(statement) }
    }
    return .normal
  }

  private func nested<Result>(at offset: Int, _ body: () throws -> Result) throws -> Result {
    try budget.enter(at: offset)
    defer { budget.leave() }
    return try body()
  }

  private func executeBlock(_ statement: TemplateStatement) throws -> Flow {
    var flow = Flow.normal
    switch statement.kind {
    case .assignBlock(let target, let filter, let body):
      let text = try captured {
        flow = try within(TemplateScope(in: scope)) { try execute(body) }
      }
      try assign(try filtered(.text(text), by: filter), to: target)
    case .filterBlock(let filter, let body):
      let text = try captured {
        flow = try within(TemplateScope(in: scope)) { try execute(body) }
      }
      try write(try filtered(.text(text), by: filter).printed())
    case .with(let values, let body):
      let inner = TemplateScope(in: scope)
      for (target, value) in values { try assign(try evaluate(value), to: target, in: inner) }
      return try within(inner) { try execute(body) }
    case .macro(let name, let macro):
      try keep(scope)
      scope[name] = .object(MacroObject(macro, in: scope))
    case .callBlock(let call, let caller): try write(try callBlock(call, caller).printed())
    case .generation(let body): try generate(body)
    default: break
    }
    return flow
  }

  private func choose(
    _ branches: [(test: TemplateExpression, body: [TemplateStatement])],
    _ otherwise: [TemplateStatement]
  ) throws -> Flow {
    for (test, body) in branches where try evaluate(test).isTruthy { return try execute(body) }
    return try execute(otherwise)
  }

  // MARK: - Assignment

  func assign(
    _ value: TemplateValue, to target: TemplateTarget, in inner: TemplateScope? = nil
  ) throws {
    switch target {
    case .name(let name): (inner ?? scope)[name] = value
    case .tuple(let targets):
      let items = try value.iterated()
      guard items.count == targets.count else {
        let found = items.count < targets.count ? "not enough" : "too many"
        throw TemplateFault(.value, "\(found) values to unpack (expected \(targets.count))")
      }
      for (target, item) in zip(targets, items) { try assign(item, to: target, in: inner) }
    case .namespace(let name, let attribute):
      guard case .object(let object) = scope[name], let namespace = object as? TemplateNamespace
      else {
        throw TemplateFault(.type, "cannot assign attribute on non-namespace object")
      }
      try namespace.set(attribute, to: value)
    }
  }
}
