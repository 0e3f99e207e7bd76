import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import CFunction

/// The same rewards from every language whose compiler is on this machine: the snippets of the
/// plugin's README.
struct LanguageTests {
  private func said(
    _ language: String, by compiler: Compiler, _ symbol: String, _ signature: String
  ) throws -> [String] {
    let built = try Built(try snippet(language), by: compiler)
    let reward = try built.reward("symbol: \(symbol)\nsignature: \(signature)")
    return try reward.said(["", "one two", "größe"].map { row("p", $0) })
  }

  /// The code block of README.md in this language.
  private func snippet(_ language: String) throws -> String {
    let readme = try readText(
      repositoryRoot.appendingPathComponent("Plugins/CFunction/README.md").path)
    let start = try #require(readme.range(of: "```\(language)\n"))
    let rest = readme[start.upperBound...]
    return String(rest[..<(try #require(rest.range(of: "\n```"))).lowerBound])
  }

  private static let cstr = "f64(cstr response)"
  private static let bytes = "f64(bytes response)"

  @Test(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
  func c() throws {
    #expect(try said("c", by: .c, "brevity", Self.cstr) == ["1.0", "0.125", "0.125"])
    #expect(
      try said("c", by: .c, "brevity_all", "void(cstr* responses, usize n, f64* scores)")
        == ["1.0", "0.125", "0.125"])
  }

  @Test(.enabled(if: Compiler.cpp.isThere, "there is no g++"))
  func cpp() throws {
    #expect(try said("cpp", by: .cpp, "words", Self.bytes) == ["0.0", "2.0", "1.0"])
  }

  @Test(.enabled(if: Compiler.rust.isThere, "there is no rustc"))
  func rust() throws {
    #expect(try said("rust", by: .rust, "letters", Self.bytes) == ["0.0", "7.0", "5.0"])
  }

  @Test(.enabled(if: Compiler.fortran.isThere, "there is no gfortran"))
  func fortran() throws {
    #expect(try said("fortran", by: .fortran, "blanks", Self.bytes) == ["0.0", "1.0", "0.0"])
  }

  /// The library of Examples/rewards/cfunction.yaml.
  @Test(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
  func theExample() throws {
    let source = repositoryRoot.appendingPathComponent("Examples/rewards/cfunction/brevity.c").path
    let built = try Built(try readText(source))
    let reward = try built.reward(
      """
      symbol: brevity
      signature: f64(cstr response, cstr reference, f64 penalty)
      constants: {penalty: 0.5}
      """)
    let rows = [
      row("p", "dog", reference: "dog"), row("p", "dog dog", reference: "dog"),
      row("p", "cat", reference: "dog"), row("p", "cat and dog", reference: "dog"),
    ]
    #expect(try reward.said(rows) == ["1.0", "0.5", "0.0", "0.0"])
  }
}
