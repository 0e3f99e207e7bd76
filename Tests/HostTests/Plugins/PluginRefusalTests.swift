import Foundation
import PluginAPI
import Testing

@testable import Host

/// Broken plugins are refused by path, with a reason and a remedy, and the host goes on.
struct PluginRefusalTests {
  let folder: String

  init() throws {
    folder = try temporaryFolder()
  }

  private func registry() -> PluginRegistry {
    PluginRegistry(
      folders: [SearchFolder(path: folder, holdsOtherLibraries: false)], guardian: nil)
  }

  private func refusal(_ name: String) throws -> Problem {
    let registry = registry()
    #expect(registry.loadAll().isEmpty)
    return try #require(registry.refusals.first { $0.place?.hasSuffix(name) == true })
  }

  @Test func textIsNoLibrary() throws {
    try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/libText.so"))
    let problem = try refusal("libText.so")
    #expect(problem.kind == .badConfiguration)
    #expect(problem.what.contains("not an ELF"))
  }

  @Test func truncatedLibraryIsRefused() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(productsFolder)/libVerifiable.so"))
    for length in [4, 16, 63, 64, whole.count / 4, whole.count / 2] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: "\(folder)/libVerifiable.so"))
      #expect(try refusal("libVerifiable.so").kind == .badConfiguration)
    }
  }

  @Test func otherMachineIsRefused() throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(productsFolder)/libVerifiable.so"))
    bytes[18] = 0x28  // 32-bit ARM
    try bytes.write(to: URL(fileURLWithPath: "\(folder)/libVerifiable.so"))
    #expect(try refusal("libVerifiable.so").what.contains("another kind of machine"))
  }

  @Test func entrySymbolMustCarryTheName() throws {
    try FileManager.default.copyItem(
      atPath: "\(productsFolder)/libVerifiable.so", toPath: "\(folder)/libRenamed.so")
    let problem = try refusal("libRenamed.so")
    #expect(problem.what.contains("crucible_plugin_Renamed"))
  }

  @Test func worldWritableLibraryIsRefused() throws {
    let path = "\(folder)/libVerifiable.so"
    try FileManager.default.copyItem(atPath: "\(productsFolder)/libVerifiable.so", toPath: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
    #expect(try refusal("libVerifiable.so").hint?.contains("chmod") == true)
  }

  @Test func healthyPluginLoadsBesideABrokenOne() throws {
    try Data("broken".utf8).write(to: URL(fileURLWithPath: "\(folder)/libBroken.so"))
    try FileManager.default.copyItem(
      atPath: "\(productsFolder)/libVerifiable.so", toPath: "\(folder)/libVerifiable.so")
    let registry = registry()
    #expect(registry.loadAll().map(\.name) == ["Verifiable"])
    #expect(registry.refusals.count == 1)
    #expect(try registry.reward("verifiable").name == "verifiable")
  }

  @Test func unknownNameSuggestsTheNearest() throws {
    try FileManager.default.copyItem(
      atPath: "\(productsFolder)/libVerifiable.so", toPath: "\(folder)/libVerifiable.so")
    let registry = registry()
    let problem = #expect(throws: Problem.self) { try registry.reward("verifable") }
    #expect(problem?.hint == "did you mean 'verifiable'?")
  }

  @Test func worldWritableFolderIsRefused() throws {
    try copyVerifiable()
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
    let problem = try refusal("libVerifiable.so")
    #expect(problem.what.contains("everybody may write"))
    #expect(problem.hint == "chmod o-w \(folder)")
    // Whoever may write there may not replace what is others'.
    try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: folder)
    #expect(registry().loadAll().map(\.name) == ["Verifiable"])
  }

  /// A program may be position independent, and so an ELF file of the same kind as a library.
  @Test func programsAreNoLibraries() throws {
    let shell = URL(fileURLWithPath: "/bin/sh").resolvingSymlinksInPath().path
    try FileManager.default.copyItem(atPath: shell, toPath: "\(folder)/libShell.so")
    let problem = try refusal("libShell.so")
    #expect(problem.what.contains("entry symbol") || problem.what.contains("no shared library"))
  }

  @Test func secondOfANameIsRefused() throws {
    try copyVerifiable()
    let registry = PluginRegistry(
      folders: [
        SearchFolder(path: productsFolder, holdsOtherLibraries: true),
        SearchFolder(path: folder, holdsOtherLibraries: false),
      ], guardian: nil)
    let problem = try #require(registry.refusals.first)
    #expect(problem.place == "\(folder)/libVerifiable.so")
    #expect(problem.what.contains("\(productsFolder)/libVerifiable.so"))
    #expect(problem.hint?.hasSuffix("rm \(folder)/libVerifiable.so") == true)
  }

  @Test func pathOfARecipeWinsOverWhatWasFound() throws {
    try copyVerifiable()
    let registry = PluginRegistry(
      folders: [SearchFolder(path: productsFolder, holdsOtherLibraries: true)], guardian: nil)
    try registry.require(PluginFile(path: "\(folder)/libVerifiable.so"))
    _ = try registry.reward("verifiable")
    #expect(registry.entries[0].file.path == "\(folder)/libVerifiable.so")
    #expect(registry.refusals.map(\.place) == ["\(productsFolder)/libVerifiable.so"])
    // One process cannot hold both.
    #expect(throws: Problem.self) {
      try registry.require(PluginFile(path: "\(productsFolder)/libVerifiable.so"))
    }
  }

  private func copyVerifiable() throws {
    try FileManager.default.copyItem(
      atPath: "\(productsFolder)/libVerifiable.so", toPath: "\(folder)/libVerifiable.so")
  }

  /// The header is plain memory: a stale API number or toolchain is seen before any Swift value.
  @Test func staleHeadersAreRefused() throws {
    let file = PluginFile(path: "/plugins/libStaleNews.so")
    let old = #expect(throws: PluginFault.self) {
      try file.manifest(at: manifest("Stale", version: "1", api: 0))
    }
    #expect(old?.problem.what == "was built for plugin API 0")
    #expect(old?.problem.expected == "API \(PluginHeader.api)")
    #expect(old?.fix == "crucible plugin build stale-news")
    let foreign = #expect(throws: PluginFault.self) {
      try file.manifest(at: manifest("Stale", version: "1", toolchain: "swift-5.0"))
    }
    #expect(foreign?.problem.what == "was built with 'swift-5.0'")
  }
}
