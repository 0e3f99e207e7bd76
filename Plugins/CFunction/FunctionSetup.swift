import Foreign
import PluginAPI

/// Options become functions that can be called. Nothing is called yet, but the library is opened,
/// so that what it lacks is known before the first sample is bought.
struct FunctionSetup {
  let scorer: Scorer
  let context: FunctionContext?
  let identity: String

  init(_ options: CFunctionOptions) throws {
    let path = try options.required("library", options.library)
    let symbol = try options.required("symbol", options.symbol)
    let text = try options.required("signature", options.signature)
    let constants = try Constant.all(in: options.constants)
    let (signature, sources, kind) = try text.read(key: "signature") {
      signature throws(SignatureFault) in
      let kind = Naming.kind(of: signature)
      let binder = Binder(kind: kind, constants: constants, hasContext: options.`init` != nil)
      return (signature, try binder.bind(signature), kind)
    }
    if options.scope == .prompt, kind != .batch {
      throw OptionError("scope", "prompt", "needs a batch function: one call sees all responses")
    }
    let library = try ForeignLibrary(path: path.path, pin: try options.pin)
    let binding = Binding(
      function: try library.function(symbol, signature), sources: sources, kind: kind)
    scorer = Scorer(binding: binding)
    context = try FunctionContext(options, library, constants, usedBy: sources)
    var all = sources
    if let context { all += context.binding.sources }
    try Self.checkUse(of: constants, in: all)
    identity = Self.identity(library, text, symbol, options, constants)
  }

  /// A constant that nothing takes is a mistake in its name.
  private static func checkUse(of constants: [Constant], in sources: [Source]) throws(Problem) {
    for constant in constants where !sources.contains(.constant(constant)) {
      throw Problem(
        .badConfiguration, at: constant.place,
        "no parameter is called \(quoted(constant.name))",
        hint: "add one to 'signature', or leave the constant out")
    }
  }

  private static func identity(
    _ library: ForeignLibrary, _ signature: SignatureText, _ symbol: String,
    _ options: CFunctionOptions, _ constants: [Constant]
  ) -> String {
    var parts = ["library \(library.hash)", "\(symbol) \(signature.text)"]
    if let name = options.`init` { parts.append("init \(name) \(options.initSignature.text)") }
    parts += constants.map { "\($0.name)=\($0.valueText)" }
    parts.append("config \(options.configText)")
    return parts.joined(separator: "\n")
  }
}

/// A function and where each of its arguments comes from.
struct Binding: Sendable {
  let function: ForeignFunction
  let sources: [Source]
  let kind: CallKind

  func index(of source: Source) -> Int? { sources.firstIndex(of: source) }
}

extension CFunctionOptions {
  func required<Value>(_ key: String, _ value: Value?) throws -> Value {
    guard let value else { throw OptionError(key, "not set", "must be given") }
    return value
  }

  /// `library_sha256` in lower case.
  var pin: String? {
    get throws {
      guard let text = librarySha256 else { return nil }
      guard text.utf8.count == 64, text.allSatisfy(\.isHexDigit) else {
        throw OptionError("library_sha256", text, "must be 64 hexadecimal digits")
      }
      return text.lowercased()
    }
  }

  /// What `init` gets: a text as it is, anything else as JSON.
  var configText: String {
    guard let config, !config.isNull else { return "" }
    return config.scalar?.text ?? config.json.serialized()
  }
}
