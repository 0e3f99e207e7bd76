import Foundation
import PluginAPI
import Testing

@testable import Host

/// Broken plugins are refused by path, with a reason and a remedy, and the host goes on.
struct PluginRefusalTests {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "crucible-plugins-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func refusal(_ name: String) throws -> Problem {
    let registry = PluginRegistry(
      folders: [SearchFolder(path: folder, holdsOtherLibraries: false)])
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
    let registry = PluginRegistry(
      folders: [SearchFolder(path: folder, holdsOtherLibraries: false)])
    #expect(registry.loadAll().map(\.name) == ["Verifiable"])
    #expect(registry.refusals.count == 1)
    #expect(try registry.reward("verifiable").name == "verifiable")
  }

  @Test func unknownNameSuggestsTheNearest() throws {
    try FileManager.default.copyItem(
      atPath: "\(productsFolder)/libVerifiable.so", toPath: "\(folder)/libVerifiable.so")
    let registry = PluginRegistry(
      folders: [SearchFolder(path: folder, holdsOtherLibraries: false)])
    let problem = #expect(throws: Problem.self) { try registry.reward("verifable") }
    #expect(problem?.hint == "did you mean 'verifiable'?")
  }

  /// The header is plain memory: a stale API number or toolchain is seen before any Swift value.
  @Test func staleHeadersAreRefused() throws {
    let file = PluginFile(path: "/plugins/libStale.so")
    let old = #expect(throws: Problem.self) {
      try file.manifest(at: manifest("Stale", version: "1", api: 0))
    }
    #expect(old?.what == "was built for plugin API 0")
    let foreign = #expect(throws: Problem.self) {
      try file.manifest(at: manifest("Stale", version: "1", toolchain: "swift-5.0"))
    }
    #expect(foreign?.what == "was built with 'swift-5.0'")
    #expect(throws: Problem.self) { try file.manifest(at: nil) }
  }
}
