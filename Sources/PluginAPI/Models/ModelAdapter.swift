/// Opens models of one kind: a file format, a service, a file of recorded answers.
public protocol ModelAdapter: Plugin {
  /// Whether this adapter understands the reference, judged by its form and a look at the first
  /// bytes, never by loading. Asked only when a reference names no adapter. [main thread]
  static func canOpen(_ reference: ModelReference) -> Bool

  /// Opens it, weights mapped and not yet read. [main thread]
  func open(_ reference: ModelReference) throws -> any LanguageModel
}
