import Foreign
import PluginAPI

/// What a parameter stands for.
enum Source: Equatable {
  case text(RowText)
  /// Bytes of a text.
  case length(RowText)
  case tokens
  case tokenCount
  /// A value of the data row, by the keys that lead to it.
  case field([String])
  case constant(Constant)
  case context
  case config
  /// Rows of the call.
  case rowCount
  /// Where the function puts its scores.
  case scores
  /// Where the function says why it has none, and how many bytes there are.
  case errors
  case errorCapacity
}

/// Texts that every row has, or may have.
enum RowText: String, CaseIterable, Equatable {
  case prompt, response, reference, id, model, skill, system, json
}

/// What is done with one call: it judges one row, a whole batch, or makes the context.
enum CallKind: Equatable {
  case row, batch, initialiser
}

/// The names that parameters can have.
enum Naming {
  /// Every name of `kind` with what it stands for. Of a batch, all that differs by row is an array
  /// and has a name in the plural.
  static func table(_ kind: CallKind) -> [(name: String, source: Source)] {
    if kind == .initialiser {
      return [("config", .config), ("error", .errors), ("error_len", .errorCapacity)]
    }
    let suffix = kind == .batch ? "s" : ""
    var table = RowText.allCases.map { ($0.rawValue + suffix, Source.text($0)) }
    table += RowText.allCases.map { ($0.rawValue + suffix + "_len", .length($0)) }
    table += [("tokens", .tokens), ("tokens_len", .tokenCount), ("context", .context)]
    table += [("score" + suffix, .scores), ("error" + suffix, .errors)]
    table.append(("error\(suffix)_len", .errorCapacity))
    if kind == .batch { table.append(("n", .rowCount)) }
    return table
  }

  /// For messages: the names, lengths left out.
  static func list(_ kind: CallKind, _ constants: [Constant]) -> String {
    let names = table(kind).map(\.name).filter { !$0.hasSuffix("_len") }
    let fields = kind == .initialiser ? [] : ["fields.KEY"]
    return "one of " + (names + fields + constants.map(\.name)).joined(separator: ", ")
      + ", and NAME_len"
  }

  static func source(_ name: String, _ kind: CallKind) -> Source? {
    table(kind).first { $0.name == name }?.source
  }

  /// Whether a name stands for something already, so that no constant may have it.
  static func isTaken(_ name: String) -> Bool {
    let kinds: [CallKind] = [.row, .batch, .initialiser]
    return name.hasPrefix("fields.") || kinds.contains { source(name, $0) != nil }
  }

  /// A signature is a batch function's when it has what only batches have.
  static func kind(of signature: ForeignSignature) -> CallKind {
    if signature.index(of: "scores") != nil || signature.index(of: "n") != nil { return .batch }
    let names = signature.parameters.map(\.name)
    let ofRows = names.contains { source($0, .row) != nil && source($0, .batch) == nil }
    let ofBatches = names.contains { source($0, .batch) != nil && source($0, .row) == nil }
    return ofBatches && !ofRows ? .batch : .row
  }
}

extension Source {
  /// Whether a parameter of `type` can take it.
  func fits(_ type: ForeignType, _ kind: CallKind) -> Bool {
    let array = kind == .batch ? 1 : 0
    switch self {
    case .text: return type.isText(depth: array)
    case .length, .tokenCount: return type.depth == array && type.isCount
    case .tokens: return type == ForeignType(.scalar(.i32), depth: 1 + array)
    case .field:
      if type.base == .cstr || type.base == .bytes { return type.depth == array }
      return type.depth == array && type.scalar != nil && type.scalar != .char
    case .constant(let constant): return constant.misfit(type) == nil
    case .context: return type == ForeignType(.ptr)
    case .config: return type == ForeignType(.cstr) || type == ForeignType(.bytes)
    case .rowCount, .errorCapacity: return type.depth == 0 && type.isCount
    case .scores: return type.depth == 1 && !type.isOptional && type.scalar?.isFloat == true
    case .errors:
      return type.base != .cstr && type.base != .bytes && type.isText(depth: array)
    }
  }

  /// For messages: the types that fit.
  func types(_ kind: CallKind) -> String {
    let star = kind == .batch ? "*" : ""
    return switch self {
    case .text: "cstr\(star), bytes\(star), or char*\(star) with its length"
    case .length, .tokenCount: "usize\(star), or another integer of 32 or 64 bits"
    case .tokens: "i32*\(star)"
    case .field:
      "f64\(star), i64\(star) or another number, bool\(star), cstr\(star) or bytes\(star)"
    case .constant: "a type that holds it"
    case .context: "ptr"
    case .config: "cstr or bytes"
    case .rowCount, .errorCapacity: "usize, or another integer of 32 or 64 bits"
    case .scores: "f64* or f32*"
    case .errors: "char*\(star)"
    }
  }

  /// Whether a row may lack it, so that '?' says what happens then.
  var canBeMissing: Bool {
    switch self {
    case .text, .field: true
    default: false
    }
  }
}

extension ForeignType {
  /// An integer that every count of rows or bytes fits in, near enough.
  fileprivate var isCount: Bool {
    guard let scalar else { return false }
    return [.i32, .u32, .i64, .u64, .isize, .usize].contains(scalar)
  }
}
