import Foundation
import PluginAPI

/// What the host wants to know of a shared library before it opens it: is it one, for this
/// machine, which libraries it needs and which symbols it defines.
///
/// Reads section headers only, every offset checked: the file may be anything.
struct ELFFile {
  struct Symbol: Equatable {
    let name: String
    let isDefined: Bool
    /// A function that other files may call.
    var isFunction = false
  }

  /// Folders joined by `:`; `$ORIGIN` is the file's own.
  struct SearchPath: Equatable {
    let text: String
    /// Where the text lies in the file, its NUL not counted.
    let bytes: Range<Int>
  }

  let path: String
  /// DT_NEEDED entries in file order.
  private(set) var needed: [String] = []
  /// Where the dynamic linker looks for them (DT_RUNPATH, else DT_RPATH); nil where nothing is said.
  private(set) var searchPath: SearchPath?
  /// The dynamic symbol table.
  private(set) var symbols: [Symbol] = []

  /// Throws `Problem` when the file is not a 64-bit little-endian ELF library of this machine.
  init(path: String) throws {
    self.path = path
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    else { throw Problem(.missingInput, at: path, "cannot be read") }
    let bytes = ELFBytes(data: data)
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw Problem(
        .badConfiguration, at: path, "is not an ELF shared library",
        hint: "build the plugin with 'swift build' or 'swiftc -emit-library'")
    }
    guard bytes.u8(4) == 2, bytes.u8(5) == 1, bytes.u16(18) == Self.machine else {
      throw Problem(
        .badConfiguration, at: path, "is built for another kind of machine",
        expected: "64-bit little-endian ELF for \(Self.machineName)",
        hint: "build the plugin on this machine")
    }
    guard bytes.u16(16) == 3 else {
      throw Problem(
        .badConfiguration, at: path, "is an ELF file, but no shared library",
        hint: "link it with -shared, or 'swiftc -emit-library'")
    }
    do {
      try readSections(bytes)
    } catch is ELFBytes.OutOfBounds {
      throw Problem(
        .badConfiguration, at: path, "is cut short or damaged: its section table leaves the file",
        hint: "build the plugin again")
    }
  }

  func defines(_ name: String) -> Bool { symbols.contains { $0.isDefined && $0.name == name } }

  private mutating func readSections(_ bytes: ELFBytes) throws {
    let table = try bytes.offset(40)
    let entrySize = Int(try bytes.get16(58))
    let count = Int(try bytes.get16(60))
    guard entrySize >= 64 else { throw ELFBytes.OutOfBounds() }
    for index in 0..<count {
      let header = try bytes.adding(table, index * entrySize)
      let type = try bytes.get32(header + 4)
      guard type == 11 || type == 6 else { continue }
      let link = Int(try bytes.get32(header + 40))
      guard link < count else { throw ELFBytes.OutOfBounds() }
      let strings = try bytes.section(try bytes.adding(table, link * entrySize))
      let content = try bytes.section(header)
      if type == 11 {
        symbols = try readSymbols(bytes, content, strings)
      } else {
        needed = try readNeeded(bytes, content, strings)
        searchPath = try readSearchPath(bytes, content, strings)
      }
    }
  }

  private func readSymbols(
    _ bytes: ELFBytes, _ content: Range<Int>, _ strings: Range<Int>
  ) throws -> [Symbol] {
    try stride(from: content.lowerBound, to: content.upperBound - 23, by: 24).map { at in
      let name = try bytes.string(at: Int(try bytes.get32(at)), in: strings)
      let info = try bytes.get16(at + 4)
      let (type, binding, visibility) = (info & 15, (info >> 4) & 15, (info >> 8) & 3)
      return Symbol(
        name: name, isDefined: try bytes.get16(at + 6) != 0,
        isFunction: type == 2 && (binding == 1 || binding == 2) && visibility == 0)
    }
  }

  private func readNeeded(
    _ bytes: ELFBytes, _ content: Range<Int>, _ strings: Range<Int>
  ) throws -> [String] {
    try stride(from: content.lowerBound, to: content.upperBound - 15, by: 16).compactMap { at in
      guard try bytes.get64(at) == 1 else { return nil }
      return try bytes.string(at: try bytes.offset(at + 8), in: strings)
    }
  }

  private func readSearchPath(
    _ bytes: ELFBytes, _ content: Range<Int>, _ strings: Range<Int>
  ) throws -> SearchPath? {
    var found: [UInt64: SearchPath] = [:]
    for at in stride(from: content.lowerBound, to: content.upperBound - 15, by: 16) {
      let tag = try bytes.get64(at)
      guard tag == 29 || tag == 15 else { continue }
      let offset = try bytes.offset(at + 8)
      let text = try bytes.string(at: offset, in: strings)
      let start = strings.lowerBound + offset
      found[tag] = SearchPath(text: text, bytes: start..<start + text.utf8.count)
    }
    return found[29] ?? found[15]
  }

  #if arch(x86_64)
    private static let machine: UInt16 = 62
    private static let machineName = "x86-64"
  #elseif arch(arm64)
    private static let machine: UInt16 = 183
    private static let machineName = "AArch64"
  #endif
}

/// Little-endian reads that refuse to leave the file.
private struct ELFBytes {
  struct OutOfBounds: Error {}

  let data: Data

  func starts(with prefix: [UInt8]) -> Bool { data.starts(with: prefix) }
  func u8(_ at: Int) -> UInt8? { at < data.count ? data[data.startIndex + at] : nil }
  func u16(_ at: Int) -> UInt16? { try? get16(at) }

  func get16(_ at: Int) throws -> UInt16 { UInt16(truncatingIfNeeded: try get(at, bytes: 2)) }
  func get32(_ at: Int) throws -> UInt32 { UInt32(truncatingIfNeeded: try get(at, bytes: 4)) }
  func get64(_ at: Int) throws -> UInt64 { try get(at, bytes: 8) }

  /// A u64 that must be an offset inside the file.
  func offset(_ at: Int) throws -> Int {
    guard let value = Int(exactly: try get64(at)), value <= data.count else { throw OutOfBounds() }
    return value
  }

  func adding(_ a: Int, _ b: Int) throws -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    guard !overflow, sum >= 0, sum <= data.count else { throw OutOfBounds() }
    return sum
  }

  /// The bytes of the section whose header starts at `header`.
  func section(_ header: Int) throws -> Range<Int> {
    let start = try offset(header + 24)
    guard let size = Int(exactly: try get64(header + 32)), size <= data.count - start else {
      throw OutOfBounds()
    }
    return start..<start + size
  }

  func string(at offset: Int, in strings: Range<Int>) throws -> String {
    guard offset < strings.count else { throw OutOfBounds() }
    let tail = data[
      (data.startIndex + strings.lowerBound + offset)..<(data.startIndex + strings.upperBound)]
    return String(decoding: tail.prefix { $0 != 0 }, as: UTF8.self)
  }

  private func get(_ at: Int, bytes: Int) throws -> UInt64 {
    guard at >= 0, at <= data.count - bytes else { throw OutOfBounds() }
    var value: UInt64 = 0
    for index in 0..<bytes {
      value |= UInt64(data[data.startIndex + at + index]) << (8 * UInt64(index))
    }
    return value
  }
}
