import Foundation
import PluginAPI
import Testing

@testable import Host

/// `{plugin: x, path: ./libX.so, sha256: HEX}`.
struct PluginPinTests {
  private let path = "\(productsFolder)/libVerifiable.so"

  private func make(_ entry: String) throws -> RewardHandle? {
    let (tree, faults) = YAML.read(entry, source: "recipe.yaml")
    #expect(faults.isEmpty)
    let node = try #require(tree)
    var problems: [Problem] = []
    let context = OptionContext(folder: ".")
    let specification = RewardSpecification(node, into: &problems, context)
    let factory = PluginFactory(
      registry: PluginRegistry(folders: [], guardian: nil), context: context)
    let reward = problems.isEmpty ? factory.reward(specification, into: &problems) : nil
    if !problems.isEmpty { throw Problems(problems) }
    return reward
  }

  private func fault(_ entry: String) throws -> Problem {
    let problems = #expect(throws: Problems.self) { try make(entry) }
    return try #require(problems?.all.first)
  }

  @Test func rightHashOpens() throws {
    let hash = try SHA256.hex(ofFile: path)
    for text in [hash, hash.uppercased()] {
      let reward = try make("{plugin: verifiable, path: \(path), sha256: \(text)}")
      #expect(reward?.name == "verifiable")
      #expect(reward?.options == (try make("{plugin: verifiable, path: \(path)}"))?.options)
    }
  }

  @Test func anotherHashIsNotOpened() throws {
    let other = String(repeating: "ab", count: 32)
    let problem = try fault("{plugin: verifiable, path: \(path), sha256: \(other)}")
    #expect(problem.kind == .badConfiguration && problem.expected == other)
    #expect(problem.what.contains(try SHA256.hex(ofFile: path)))
  }

  /// Also where the library was opened before under no pin.
  @Test func pinIsCheckedWhateverIsOpen() throws {
    let registry = PluginRegistry(
      folders: [SearchFolder(path: productsFolder, holdsOtherLibraries: true)], guardian: nil)
    _ = try registry.reward("verifiable")
    #expect(throws: Problem.self) {
      try registry.require(PluginFile(path: path, pin: String(repeating: "0", count: 64)))
    }
  }

  @Test(arguments: ["abc", String(repeating: "x", count: 64)])
  func hashesAreHexadecimal(text: String) throws {
    let problem = try fault("{plugin: verifiable, path: \(path), sha256: \(text)}")
    #expect(
      problem.expected == "64 hexadecimal digits"
        && problem.place == "recipe.yaml:1:\(problem.place?.split(separator: ":").last ?? "")")
  }

  @Test func hashNeedsAPath() throws {
    let problem = try fault("{plugin: verifiable, sha256: \(String(repeating: "a", count: 64))}")
    #expect(problem.what == "'sha256' without 'path'")
  }
}
