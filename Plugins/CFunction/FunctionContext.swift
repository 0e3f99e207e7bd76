import Foreign
import PluginAPI
import Synchronization

/// What the library keeps between calls: made by `init` before the first, taken back by `destroy`
/// when nobody scores with it any more.
final class FunctionContext: Sendable {
  let binding: Binding
  private let destroy: ForeignFunction?
  private let path: String
  private let config: String
  private let made = Mutex<ForeignPointer?>(nil)

  /// Bytes of the buffer in which a function says what went wrong.
  static let errorCapacity = 512

  /// Nil where the recipe has no `init`. Throws what is wrong with it.
  init?(
    _ options: CFunctionOptions, _ library: ForeignLibrary, _ constants: [Constant],
    usedBy sources: [Source]
  ) throws {
    guard let name = options.`init` else {
      if let destroy = options.destroy {
        throw OptionError("destroy", destroy, "has nothing to destroy without 'init'")
      }
      return nil
    }
    guard sources.contains(.context) else {
      throw OptionError("init", name, "makes a context that no 'ptr context' of 'signature' takes")
    }
    let text = options.initSignature
    let (signature, bound) = try text.read(key: "init_signature") {
      signature throws(SignatureFault) in
      let binder = Binder(kind: .initialiser, constants: constants, hasContext: false)
      return (signature, try binder.bind(signature))
    }
    config = options.configText
    if let index = bound.firstIndex(of: .config), config.utf8.contains(0),
      signature.parameters[index].type.base == .cstr
    {
      throw OptionError("config", quoted(config), "holds a NUL, which would end a cstr")
    }
    path = library.path
    binding = Binding(
      function: try library.function(name, signature), sources: bound, kind: .initialiser)
    destroy = try options.destroy.map { try library.function($0, Self.destroySignature()) }
  }

  deinit {
    guard let destroy, let pointer = made.withLock({ $0 }) else { return }
    let frame = ForeignFrame(for: destroy)
    frame.set(0, pointer: pointer)
    withUnchangedArithmetic { _ = destroy.call(frame) }
  }

  private static func destroySignature() throws -> ForeignSignature {
    try ForeignSignature("void(ptr context)")
  }

  /// The context, made on the first call. [any thread, concurrently]
  func pointer() throws(Problem) -> ForeignPointer {
    try made.withLock { made throws(Problem) in
      if let made { return made }
      let pointer = try withUnchangedArithmetic { () throws(Problem) in try make() }
      made = pointer
      return pointer
    }
  }

  private func make() throws(Problem) -> ForeignPointer {
    let frame = ForeignFrame(for: binding.function)
    for (index, source) in binding.sources.enumerated() {
      switch source {
      case .config: frame.set(index, text: config)
      case .errors: frame.reserve(index, textsOf: Self.errorCapacity)
      default: binding.setShared(index, in: frame, context: nil, rows: 0)
      }
    }
    let result = binding.function.call(frame)
    let reason = binding.index(of: .errors).flatMap { frame.text($0) }.map { excerpt($0) }
    if case .pointer(let pointer) = result, !pointer.isNull, reason == nil { return pointer }
    let name = binding.function.name
    throw Problem(
      .badConfiguration, at: path,
      "\(quoted(name)) made no context: \(reason ?? "it returned NULL")",
      hint: reason == nil ? "with 'char* error, usize error_len' it can say why" : nil)
  }
}
