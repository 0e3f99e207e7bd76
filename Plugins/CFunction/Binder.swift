import Foreign
import PluginAPI

/// Finds out what every parameter of a signature stands for, and refuses what makes no sense.
struct Binder {
  let kind: CallKind
  let constants: [Constant]
  let hasContext: Bool

  /// One source a parameter. Throws the first fault, with its offset in the signature.
  func bind(_ signature: ForeignSignature) throws(SignatureFault) -> [Source] {
    var sources: [Source] = []
    for parameter in signature.parameters {
      let source = try source(of: parameter)
      try check(parameter, source)
      sources.append(source)
    }
    try checkPairs(signature, sources)
    try checkResult(signature, sources)
    return sources
  }

  // MARK: - Names

  private func source(
    of parameter: ForeignSignature.Parameter
  ) throws(SignatureFault) -> Source {
    let name = parameter.name
    if kind != .initialiser, name.hasPrefix("fields.") {
      let keys = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst()
      guard !keys.contains("") else {
        throw SignatureFault(
          parameter.nameOffset, "\(quoted(name)) has an empty part", expected: "fields.KEY")
      }
      return .field(keys.map(String.init))
    }
    if let constant = constants.first(where: { $0.name == name }) { return .constant(constant) }
    if let source = Naming.source(name, kind) { return source }
    throw unknown(parameter)
  }

  private func unknown(_ parameter: ForeignSignature.Parameter) -> SignatureFault {
    let name = parameter.name
    let names = Naming.table(kind).map(\.name) + constants.map(\.name)
    if kind == .row, let close = singular(name) {
      return SignatureFault(
        parameter.nameOffset, "\(quoted(name)) is an array of a whole batch",
        expected: quoted(close),
        hint: "a batch function also takes 'usize n' and 'f64* scores', and texts by their plural")
    }
    if kind == .batch, Naming.source(name, .row) != nil {
      return SignatureFault(
        parameter.nameOffset, "\(quoted(name)) is one row's, but this function takes whole batches",
        expected: quoted(plural(name)))
    }
    var hint = closest(to: name, among: names).map { "did you mean \(quoted($0))?" }
    if kind == .initialiser { hint = hint ?? "no row is there yet when 'init' is called" }
    return SignatureFault(
      parameter.nameOffset, "unknown name \(quoted(name))",
      expected: Naming.list(kind, constants),
      hint: hint ?? "a value of the data row is fields.\(name), one of the recipe's a constant")
  }

  /// `prompt` for `prompts`, nil when the name is no plural.
  private func singular(_ name: String) -> String? {
    guard let source = Naming.source(name, .batch) else { return nil }
    return Naming.table(.row).first { $0.source == source }?.name
  }

  private func plural(_ name: String) -> String {
    guard let source = Naming.source(name, .row) else { return name }
    return Naming.table(.batch).first { $0.source == source }?.name ?? name
  }

  // MARK: - Types

  private func check(
    _ parameter: ForeignSignature.Parameter, _ source: Source
  ) throws(SignatureFault) {
    let type = parameter.type
    if case .constant(let constant) = source, let misfit = constant.misfit(type) {
      throw SignatureFault(parameter.typeOffset, misfit)
    }
    guard source.fits(type, kind) else {
      throw SignatureFault(
        parameter.typeOffset, "\(quoted(parameter.name)) cannot be \(type)",
        expected: source.types(kind))
    }
    if type.isOptional, !source.canBeMissing {
      throw SignatureFault(
        parameter.typeOffset, "\(quoted(parameter.name)) is never missing: leave '?' out")
    }
    if source == .context, !hasContext {
      throw SignatureFault(
        parameter.nameOffset, "nothing makes the context",
        hint: "name the function that does: 'init: my_init'")
    }
  }

  /// The address of bytes is of no use without their number.
  private func checkPairs(
    _ signature: ForeignSignature, _ sources: [Source]
  ) throws(SignatureFault) {
    for (parameter, source) in zip(signature.parameters, sources) {
      let partner: Source
      switch source {
      case .text(let text):
        if parameter.type.base == .cstr || parameter.type.base == .bytes { continue }
        partner = .length(text)
      case .tokens: partner = .tokenCount
      case .errors: partner = .errorCapacity
      case .errorCapacity: partner = .errors
      default: continue
      }
      if sources.contains(partner) { continue }
      let missing = Naming.table(kind).first { $0.source == partner }?.name ?? ""
      let star = kind == .batch && partner != .errorCapacity ? "*" : ""
      throw SignatureFault(
        parameter.nameOffset, "\(quoted(parameter.name)) needs \(quoted(missing)) beside it",
        hint: partner == .errors ? nil : "add 'usize\(star) \(missing)'")
    }
  }

  private func checkResult(
    _ signature: ForeignSignature, _ sources: [Source]
  ) throws(SignatureFault) {
    let result = signature.result
    let isStatus = result.base == .void || result.scalar?.isInteger == true
    let writes = sources.contains(.scores)
    switch kind {
    case .initialiser:
      guard result.base == .ptr else {
        throw SignatureFault(
          0, "'init' returns \(result)", expected: "ptr: the context, NULL where it fails")
      }
    case .row:
      guard result.base != .ptr, writes || result.base != .void else {
        throw SignatureFault(
          0, "a function that returns \(result) gives no score",
          expected: "a number or bool as result, or 'f64* score' to write to")
      }
      guard !writes || isStatus else {
        throw SignatureFault(
          0, "both the result and 'score' would be the score",
          expected: "void, or an integer: 0 where all is well")
      }
    case .batch:
      guard isStatus else {
        throw SignatureFault(
          0, "a batch function returns no \(result)",
          expected: "void, or an integer: 0 where all is well")
      }
      for (source, advice) in [(Source.rowCount, "usize n"), (.scores, "f64* scores")]
      where !sources.contains(source) {
        throw SignatureFault(0, "a batch function needs \(quoted(advice))")
      }
    }
  }
}
