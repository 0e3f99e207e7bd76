internal import Synchronization

/// A merge method of which only the host's side is known: its parameters by name, and tensors to
/// be made with them.
public protocol MethodBinding: AnyObject, Sendable {
  var name: String { get }
  var contract: MergeContract { get }
  var holdsWholeTensors: Bool { get }
  /// Parameters of a tensor and of an input, as configs name them.
  var sharedKeys: [String] { get }
  var inputKeys: [String] { get }

  /// Checks values once for all tensors that have them, and gives them a number.
  /// Keys without a value keep the method's default.
  ///
  /// - Throws: `Problem` or `Problems` at the place of a value that is refused.
  func bindShared(_ values: [YAMLNode?]) throws -> Int
  func bindInput(_ values: [YAMLNode?]) throws -> Int

  /// Makes one output tensor.
  func merge(_ parts: TensorParts, into output: any MergeOutput) throws
}

/// All that one output tensor is made from.
public struct TensorParts: Sendable {
  public var name: String
  public var shape: [Int]
  public var role: TensorRole
  public var base: MergeSource?
  public var inputs: [(source: MergeSource, parameters: Int)]
  public var shared: Int
  public var seed: UInt64
}

/// The binding of `Method`.
final class BoundMethod<Method: MergeMethod>: MethodBinding {
  private struct Bound {
    var methods: [Method] = []
    var methodNumbers: [[String]: Int] = [:]
    var inputs: [Method.Input] = []
    var inputNumbers: [[String]: Int] = [:]
  }

  let sharedKeys: [String]
  let inputKeys: [String]
  private let bound = Mutex(Bound())

  init(_ type: Method.Type) {
    sharedKeys = OptionReader.describe(Method.Options()).map(\.key)
    inputKeys = OptionReader.describe(Method.Input()).map(\.key)
  }

  var name: String { Method.name }
  var contract: MergeContract { Method.contract }
  var holdsWholeTensors: Bool { Method.holdsWholeTensors }

  func bindShared(_ values: [YAMLNode?]) throws -> Int {
    try bound.withLock { bound in
      let key = values.map(\.cacheKey)
      if let number = bound.methodNumbers[key] { return number }
      let options = try Self.read(Method.Options.self, keys: sharedKeys, values)
      do {
        bound.methods.append(try Method(options))
      } catch let error as OptionError {
        let place = zip(sharedKeys, values).first { $0.0 == error.key }?.1?.place
        throw Problem(.badConfiguration, at: place, error.description)
      }
      bound.methodNumbers[key] = bound.methods.count - 1
      return bound.methods.count - 1
    }
  }

  func bindInput(_ values: [YAMLNode?]) throws -> Int {
    try bound.withLock { bound in
      let key = values.map(\.cacheKey)
      if let number = bound.inputNumbers[key] { return number }
      bound.inputs.append(try Self.read(Method.Input.self, keys: inputKeys, values))
      bound.inputNumbers[key] = bound.inputs.count - 1
      return bound.inputs.count - 1
    }
  }

  func merge(_ parts: TensorParts, into output: any MergeOutput) throws {
    let (method, inputs) = bound.withLock { bound in
      (
        bound.methods[parts.shared],
        parts.inputs.map { MergeInput(source: $0.source, parameters: bound.inputs[$0.parameters]) }
      )
    }
    try method.merge(
      TensorMerge(
        name: parts.name, shape: parts.shape, role: parts.role, base: parts.base, inputs: inputs,
        seed: parts.seed, output: output))
  }

  private static func read<Options: PluginOptions>(
    _ type: Options.Type, keys: [String], _ values: [YAMLNode?]
  ) throws -> Options {
    let entries = zip(keys, values).compactMap { key, node in
      node.map { YAMLEntry(key: key, keyMark: $0.mark, value: $0) }
    }
    guard let first = entries.first else { return Options() }
    var problems: [Problem] = []
    let options = OptionReader.read(
      type, from: YAMLNode(.mapping(entries), at: first.keyMark), into: &problems,
      OptionContext(folder: "."))
    guard problems.isEmpty else { throw Problems(problems) }
    return options
  }
}

extension YAMLNode? {
  /// Equal for what is read as the same value: nothing, `""` and `"true"` differ from `true`.
  fileprivate var cacheKey: String {
    guard let scalar = self?.scalar else { return "-" }
    return (scalar.isPlain ? "plain " : "quoted ") + scalar.text
  }
}

/// The binding of a method that is known by its type alone.
func bind(_ type: any MergeMethod.Type) -> any MethodBinding {
  func open<Method: MergeMethod>(_ type: Method.Type) -> any MethodBinding { BoundMethod(type) }
  return open(type)
}

/// The merge methods that a host knows.
public struct MergeMethods {
  /// The method of a name; throws a `Problem` with what is known and what was likely meant.
  public var named: (_ name: String, _ place: String?) throws -> any MergeMethod.Type
  /// All of them, in any order: to tell a parameter of another method from a misspelt one.
  public var all: () -> [any MergeMethod.Type]

  public init(
    named: @escaping (_ name: String, _ place: String?) throws -> any MergeMethod.Type,
    all: @escaping () -> [any MergeMethod.Type]
  ) {
    self.named = named
    self.all = all
  }
}
