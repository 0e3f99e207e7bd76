internal import Foundation
public import Kernels
internal import Glibc

/// A language that texts can be parsed in: a library that `scripts/fetch-grammar` has made of
/// tree-sitter, a grammar and scripts/grammar.c, whose functions are called here.
///
/// Opened once and never closed: names of kinds lie in it. Any thread may parse, several at once.
public final class Grammar: Sendable {
  private typealias Version = @convention(c) () -> UInt32
  private typealias Name = @convention(c) (UInt32) -> UnsafePointer<CChar>?
  private typealias Free = @convention(c) (UnsafeMutablePointer<UInt32>?) -> Void
  private typealias Parse =
    @convention(c) (
      UnsafePointer<CChar>?, UInt32, UInt64, UInt32,
      UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>
    ) -> Int64

  /// Layout of a node and signatures, as scripts/grammar.c counts them.
  private static let version: UInt32 = 1
  private static let wordsPerNode = 6
  /// Nodes inside one another: more is no program that somebody wrote.
  private static let depthLimit: UInt32 = 600
  private static let longestText = 1 << 20
  private static let microseconds: UInt64 = 2_000_000

  public let path: String
  private let kind: Name
  private let field: Name
  private let free: Free
  private let parse: Parse

  /// The grammar of `language` (`python`).
  ///
  /// - Throws: `Problem`: 66 with the command that fetches it when it is missing, 78 when the
  ///   library is another or everybody may write it.
  public convenience init(language: String) throws(Problem) {
    try self.init(path: Self.path(of: language))
  }

  /// `$XDG_DATA_HOME/crucible/grammars/libtree-sitter-LANGUAGE.so`.
  public static func path(
    of language: String, environment: [String: String]? = nil
  ) -> String {
    let environment = environment ?? ProcessInfo.processInfo.environment
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let folder = data ?? (environment["HOME"] ?? "") + "/.local/share"
    return "\(folder)/crucible/grammars/libtree-sitter-\(language).so"
  }

  init(path: String) throws(Problem) {
    try Self.check(path)
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw Self.foreign(path, dlerror().map { String(cString: $0) } ?? "")
    }
    guard let version = dlsym(library, "crucible_grammar_version"),
      unsafeBitCast(version, to: Version.self)() == Self.version,
      let kind = dlsym(library, "crucible_grammar_kind"),
      let field = dlsym(library, "crucible_grammar_field"),
      let free = dlsym(library, "crucible_grammar_free"),
      let parse = dlsym(library, "crucible_grammar_parse")
    else { throw Self.foreign(path, "it was made for another Crucible") }
    self.path = path
    self.kind = unsafeBitCast(kind, to: Name.self)
    self.field = unsafeBitCast(field, to: Name.self)
    self.free = unsafeBitCast(free, to: Free.self)
    self.parse = unsafeBitCast(parse, to: Parse.self)
  }

  private static func check(_ path: String) throws(Problem) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw Problem(
        .missingInput, at: path, "the grammar is missing", hint: "run scripts/fetch-grammar")
    }
    guard status.st_mode & S_IWOTH == 0 else {
      throw Problem(
        .badConfiguration, at: path, "everybody may write this library",
        hint: "chmod o-w \(path)")
    }
  }

  private static func foreign(_ path: String, _ reason: String) -> Problem {
    Problem(
      .badConfiguration, at: path, "cannot be used as a grammar: \(excerpt(reason))",
      hint: "remove it and run scripts/fetch-grammar")
  }

  /// The tree of `text`, errors included.
  ///
  /// - Throws: `Problem` (65) for a text above 1 MiB, one that nests more than 600 deep, and one
  ///   that takes more than two seconds.
  public func tree(of text: String) throws(Problem) -> SyntaxTree {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.longestText else {
      throw Problem(.badData, "the program has \(bytes.count) bytes", expected: "at most 1 MiB")
    }
    var words: UnsafeMutablePointer<UInt32>?
    let count = bytes.withUnsafeBytes { bytes in
      parse(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count),
        Self.microseconds, Self.depthLimit, &words)
    }
    defer { free(words) }
    guard let words, count > 0 else { throw Self.refusal(count) }
    let list = UnsafeBufferPointer(start: words, count: Int(count) * Self.wordsPerNode)
    return SyntaxTree(text: bytes, nodes: nodes(list, byteCount: bytes.count))
  }

  private static func refusal(_ code: Int64) -> Problem {
    switch code {
    case -1: Problem(.failed, "the parser ran out of memory")
    case -3: Problem(.badData, "the program nests more than \(depthLimit) deep")
    default: Problem(.badData, "the program takes too long to parse")
    }
  }

  private func nodes(_ words: UnsafeBufferPointer<UInt32>, byteCount: Int) -> [SyntaxTree.Node] {
    var nodes: [SyntaxTree.Node] = []
    var open: [Int] = []  // ancestors of the next node
    for start in stride(from: 0, to: words.count, by: Self.wordsPerNode) {
      let depth = Int(words[start + 4])
      while open.count > depth { nodes[open.removeLast()].end = nodes.count }
      let lower = min(Int(words[start + 2]), byteCount)
      let upper = min(max(Int(words[start + 3]), lower), byteCount)
      open.append(nodes.count)
      nodes.append(
        SyntaxTree.Node(
          kind: name(kind, words[start]) ?? "", field: name(field, words[start + 1]),
          range: lower..<upper, isNamed: words[start + 5] & 1 != 0,
          isMissing: words[start + 5] & 2 != 0, end: 0))
    }
    for index in open { nodes[index].end = nodes.count }
    return nodes
  }

  private func name(_ function: Name, _ number: UInt32) -> String? {
    function(number).map { String(cString: $0) }
  }
}
