extension TemplateEvaluator {
  func run(_ loop: TemplateLoop) throws {
    try run(loop, over: try evaluate(loop.items), depth: 0, outer: scope)
  }

  /// One run of a loop; a recursive loop calls this again from its body through `loop(items)`.
  func run(
    _ loop: TemplateLoop, over items: TemplateValue, depth: Int, outer: TemplateScope
  ) throws {
    let all = try items.iterated()
    try budget.charge(all.count)
    let state = LoopObject(all, depth: depth, loop: loop, outer: outer, evaluator: self)
    var isEmpty = true
    while let item = try state.advance() {
      isEmpty = false
      try budget.step(at: loop.items.offset)
      let inner = TemplateScope(in: outer)
      try assign(item, to: loop.target, in: inner)
      inner["loop"] = .object(state)
      if try within(inner, { try execute(loop.body) }) == .breakLoop { return }
    }
    if isEmpty { try within(TemplateScope(in: outer)) { _ = try execute(loop.otherwise) } }
  }
}

/// The variable `loop`. Items are tested one by one as the loop comes to them, since the filter
/// of a loop may read what the body has set.
final class LoopObject: TemplateObject {
  private let items: [TemplateValue]
  private var position = 0
  /// Items that passed the filter and were looked at ahead of time.
  private var ahead: [TemplateValue] = []
  private var previous: TemplateValue?
  private var current: TemplateValue?
  private var index = -1
  private let depth: Int
  private let loop: TemplateLoop
  private let outer: TemplateScope
  private unowned let evaluator: TemplateEvaluator
  private var lastChanged: [TemplateValue]?

  init(
    _ items: [TemplateValue], depth: Int, loop: TemplateLoop, outer: TemplateScope,
    evaluator: TemplateEvaluator
  ) {
    self.items = items
    self.depth = depth
    self.loop = loop
    self.outer = outer
    self.evaluator = evaluator
  }

  var typeName: String { "LoopContext" }
  var isCallable: Bool { true }
  var printed: String { "<LoopContext \(index + 1)>" }

  func advance() throws -> TemplateValue? {
    guard let next = ahead.isEmpty ? try pull() : ahead.removeFirst() else { return nil }
    (previous, current) = (current, next)
    index += 1
    return next
  }

  private func pull() throws -> TemplateValue? {
    while position < items.count {
      let item = items[position]
      position += 1
      guard let test = loop.test else { return item }
      let inner = TemplateScope(in: outer)
      try evaluator.assign(item, to: loop.target, in: inner)
      if try evaluator.within(inner, { try evaluator.evaluate(test) }).isTruthy { return item }
    }
    return nil
  }

  private func peek() throws -> TemplateValue? {
    if ahead.isEmpty, let next = try pull() { ahead.append(next) }
    return ahead.first
  }

  private func length() throws -> Int {
    if loop.test == nil { return items.count }
    while let next = try pull() { ahead.append(next) }
    return index + 1 + ahead.count
  }

  func attribute(_ name: String) throws -> TemplateValue? {
    switch name {
    case "index": .int(index + 1)
    case "index0": .int(index)
    case "first": .bool(index == 0)
    case "last": .bool(try peek() == nil)
    case "length": .int(try length())
    case "revindex": .int(try length() - index)
    case "revindex0": .int(try length() - index - 1)
    case "depth": .int(depth + 1)
    case "depth0": .int(depth)
    case "previtem": previous ?? .absent("there is no previous item")
    case "nextitem": try peek() ?? .absent("there is no next item")
    case "cycle": .object(FunctionObject("cycle") { [self] in try cycle($0) })
    case "changed": .object(FunctionObject("changed") { [self] in .bool(try changed($0)) })
    default: nil
    }
  }

  private func cycle(_ arguments: TemplateArguments) throws -> TemplateValue {
    guard !arguments.positional.isEmpty else {
      throw TemplateFault(.type, "no items for cycling given")
    }
    return arguments.positional[index % arguments.positional.count]
  }

  private func changed(_ arguments: TemplateArguments) throws -> Bool {
    defer { lastChanged = arguments.positional }
    guard let last = lastChanged, last.count == arguments.positional.count else { return true }
    return try !zip(last, arguments.positional).allSatisfy { try TemplateValue.areEqual($0, $1) }
  }

  /// `loop(items)` in a recursive loop: the loop's text over other items, one level deeper.
  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    guard loop.isRecursive else {
      throw TemplateFault(
        .type, "The loop must have the 'recursive' marker to be called recursively.")
    }
    let items = try arguments.bound(to: ["iterable"], of: "loop").required(0)
    return .text(
      try evaluator.captured {
        try evaluator.run(loop, over: items, depth: depth + 1, outer: outer)
      })
  }
}
