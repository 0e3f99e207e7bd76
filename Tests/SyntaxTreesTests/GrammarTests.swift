import Formats
import Foundation
import Kernels
import Testing

@testable import SyntaxTrees

/// Needs the Python grammar: scripts/fetch-grammar.
@Suite(.enabled(if: (try? Grammar(language: "python")) != nil, "run scripts/fetch-grammar"))
struct GrammarTests {
  let grammar: Grammar

  init() throws { grammar = try Grammar(language: "python") }

  @Test func parsesIntoNodesThatKnowTheirPlace() throws {
    let tree = try grammar.tree(of: "def f(x):\n    return x + 1\n")
    #expect(tree.firstError == nil)
    #expect(tree[0].kind == "module")
    #expect(tree[0].end == tree.nodes.count)
    let function = try #require(tree.children(of: 0).first)
    let name = try #require(tree.child(of: function, "name"))
    #expect(tree.text(of: name) == "f")
    #expect(tree[name].field == "name")
    let keyword = try #require(tree.children(of: function).first)
    #expect(tree[keyword].kind == "def" && !tree[keyword].isNamed)
  }

  @Test func writesExpressionsWithoutWords() throws {
    let tree = try grammar.tree(of: "f(x)")
    #expect(
      tree.expressions().first
        == "(module (expression_statement (call function: (identifier) "
        + "arguments: (argument_list (identifier)))))")
  }

  @Test(arguments: ["def f(:\n  pass", "x = (1", "x = = 1"])
  func saysWhereATextIsNoProgram(text: String) throws {
    #expect(try grammar.tree(of: text).firstError?.line == 1)
  }

  @Test func takesAnythingAsText() throws {
    for text in ["", "\u{0}\u{0}", "é日本", String(repeating: "[", count: 50_000)] {
      _ = try grammar.tree(of: text)
    }
  }

  @Test func refusesWhatNestsTooDeep() {
    let text = String(repeating: "(", count: 2000) + "1" + String(repeating: ")", count: 2000)
    do {
      _ = try grammar.tree(of: text)
      Issue.record("took 2000 brackets inside one another")
    } catch {
      #expect(error.what.contains("600"))
    }
  }
}

@Test func aMissingGrammarNamesTheCommandThatFetchesIt() {
  do {
    _ = try Grammar(path: "/nowhere/libtree-sitter-python.so")
    Issue.record("opened a library that is not there")
  } catch {
    #expect(error.kind == .missingInput)
    #expect(error.hint?.contains("scripts/fetch-grammar") == true)
  }
}

@Test func refusesALibraryOfAnotherKind() throws {
  let path = NSTemporaryDirectory() + "grammar-\(getpid()).so"
  try Data("no library".utf8).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  chmod(path, 0o644)
  #expect(throws: Problem.self) { try Grammar(path: path) }
  chmod(path, 0o666)
  do {
    _ = try Grammar(path: path)
    Issue.record("opened a library that everybody may write")
  } catch {
    #expect(error.what.contains("everybody"))
  }
}

@Test func findsGrammarsInTheUsersFolder() {
  #expect(
    Grammar.path(of: "python", environment: ["XDG_DATA_HOME": "/d", "HOME": "/h"])
      == "/d/crucible/grammars/libtree-sitter-python.so")
  #expect(
    Grammar.path(of: "python", environment: ["XDG_DATA_HOME": "relative", "HOME": "/h"])
      == "/h/.local/share/crucible/grammars/libtree-sitter-python.so")
}
