/// The type of a parameter or a result: `f64`, `cstr`, `u8*`, `cstr?*`.
public struct ForeignType: Sendable, Equatable, CustomStringConvertible {
  public enum Base: Sendable, Equatable {
    case void
    case scalar(ForeignScalar)
    /// UTF-8 text that a NUL ends.
    case cstr
    /// Two C parameters: the address of UTF-8 text and its length in bytes (`usize`).
    case bytes
    /// An address that only the library understands.
    case ptr
  }

  public var base: Base
  /// Whether what is missing may be passed: NULL for text, NaN for a float.
  public var isOptional: Bool
  /// How many `*` follow.
  public var depth: Int

  public init(_ base: Base, isOptional: Bool = false, depth: Int = 0) {
    self.base = base
    self.isOptional = isOptional
    self.depth = depth
  }

  /// The scalar at the bottom: `f64` of `f64*`.
  public var scalar: ForeignScalar? {
    if case .scalar(let scalar) = base { scalar } else { nil }
  }

  /// One text: `cstr`, `bytes` or the address of bytes; with `depth` 1, an array of them.
  public func isText(depth extra: Int) -> Bool {
    switch base {
    case .cstr, .bytes: depth == extra
    case .scalar(let scalar): scalar.isByte && depth == extra + 1
    case .void, .ptr: false
    }
  }

  public var description: String {
    Self.name(of: base) + (isOptional ? "?" : "") + String(repeating: "*", count: depth)
  }

  static func name(of base: Base) -> String {
    switch base {
    case .void: "void"
    case .scalar(let scalar): scalar.rawValue
    case .cstr: "cstr"
    case .bytes: "bytes"
    case .ptr: "ptr"
    }
  }

  /// What a signature can call a type, in the order in which messages list them.
  static let bases: [Base] =
    ForeignScalar.allCases.map { .scalar($0) } + [.cstr, .bytes, .ptr, .void]

  static func base(named name: String) -> Base? { bases.first { self.name(of: $0) == name } }

  /// How many stars may follow: `i32**` is the tokens of every row.
  var depthLimit: Int {
    switch base {
    case .scalar: 2
    case .cstr, .bytes: 1
    case .ptr, .void: 0
    }
  }

  /// The C parameters that one of this type stands for, by kind: `bytes` is two.
  var kinds: [Int32] {
    switch base {
    case .void: []
    case .scalar(let scalar): depth == 0 ? [scalar.kind] : [Self.pointerKind]
    case .cstr, .ptr: [Self.pointerKind]
    case .bytes: [Self.pointerKind, depth == 0 ? ForeignScalar.usize.kind : Self.pointerKind]
    }
  }

  static let pointerKind: Int32 = 11
}
