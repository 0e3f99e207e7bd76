internal import Formats
internal import Kernels

/// What a shared library offers by name, read from its file without running any of it.
///
/// Reads the ELF section headers and the dynamic symbol table, every offset checked: the file may
/// be anything.
struct LibrarySymbols {
  /// Functions that other code may call, in the file's order.
  private(set) var functions: [String] = []
  private(set) var variables: [String] = []

  /// Throws `Problem` (78, 66) when the file is no shared library of this machine.
  init(path: String) throws(Problem) {
    let file = try MappedFile(path: path)
    try file.withBytes { bytes throws(Problem) in try read(ELFView(bytes: bytes), path) }
  }

  private mutating func read(_ file: ELFView, _ path: String) throws(Problem) {
    guard file.bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw Problem(
        .badConfiguration, at: path, "is not an ELF shared library",
        hint: "build one: cc -shared -fPIC -O2 -o libmy.so my.c")
    }
    guard file.u8(4) == 2, file.u8(5) == 1, file.u16(18) == Self.machine else {
      throw Problem(
        .badConfiguration, at: path, "is built for another kind of machine",
        expected: "64-bit little-endian ELF for this one", hint: "build it on this machine")
    }
    guard file.u16(16) == 3 else {
      throw Problem(
        .badConfiguration, at: path, "is an ELF file, but no shared library",
        hint: "link it with -shared (objects compiled with -fPIC)")
    }
    guard readTables(file) else {
      throw Problem(
        .badConfiguration, at: path, "is cut short or damaged: its section table leaves the file",
        hint: "build it again")
    }
  }

  /// False when anything lies outside the file.
  private mutating func readTables(_ file: ELFView) -> Bool {
    guard let table = file.offset(40), let size = file.u16(58), let count = file.u16(60),
      count == 0 || size >= 64, table + Int(count) * Int(size) <= file.bytes.count
    else { return false }
    for index in 0..<Int(count) {
      let header = table + index * Int(size)
      guard let type = file.u32(header + 4) else { return false }
      guard type == Self.dynamicSymbols else { continue }
      guard let link = file.u32(header + 40), link < count,
        let entries = file.section(header),
        let strings = file.section(table + Int(link) * Int(size))
      else { return false }
      for entry in stride(from: entries.lowerBound, to: entries.upperBound - 23, by: 24) {
        guard readSymbol(file, entry, strings) else { return false }
      }
    }
    return true
  }

  private mutating func readSymbol(_ file: ELFView, _ at: Int, _ strings: Range<Int>) -> Bool {
    guard let name = file.u32(at), let info = file.u8(at + 4), let section = file.u16(at + 6)
    else { return false }
    let (type, binding) = (info & 15, info >> 4)
    // Local symbols and those that the library itself wants from others.
    guard section != 0, binding != 0 else { return true }
    guard let text = file.string(strings, Int(name)) else { return false }
    switch type {
    case 2, 10: functions.append(text)
    case 1, 6: variables.append(text)
    default: break
    }
    return true
  }

  private static let dynamicSymbols: UInt32 = 11
  #if arch(x86_64)
    private static let machine: UInt16 = 62
  #elseif arch(arm64)
    private static let machine: UInt16 = 183
  #endif
}

extension LibrarySymbols {
  /// What to do about a function `name` that is not there.
  func hint(forMissing name: String) -> String {
    if let mangled = functions.first(where: { $0 != name && $0.contains(name) && $0.count < 200 }) {
      let advice = "it has \(quoted(mangled))"
      if mangled.hasPrefix("_Z") { return "\(advice): declare the function extern \"C\"" }
      if mangled.hasPrefix("_R") { return "\(advice): mark the function #[unsafe(no_mangle)]" }
      return "\(advice): did you mean that?"
    }
    if let close = closest(to: name, among: functions) { return "did you mean \(quoted(close))?" }
    let shown = functions.filter { !$0.hasPrefix("_") }.sorted()
    if shown.isEmpty { return "it exports no function: is yours static or hidden?" }
    let more = shown.count > 8 ? ", … (\(shown.count))" : ""
    return "it has " + shown.prefix(8).map { quoted($0) }.joined(separator: ", ") + more
  }
}

/// Little-endian reads that are nil outside the file.
private struct ELFView {
  let bytes: UnsafeRawBufferPointer

  func u8(_ at: Int) -> UInt8? { load(at) }
  func u16(_ at: Int) -> UInt16? { load(at) }
  func u32(_ at: Int) -> UInt32? { load(at) }

  /// A u64 that is an offset inside the file.
  func offset(_ at: Int) -> Int? {
    let value: UInt64? = load(at)
    return value.flatMap { Int(exactly: $0) }.flatMap { $0 <= bytes.count ? $0 : nil }
  }

  /// The bytes of the section whose header starts at `header`.
  func section(_ header: Int) -> Range<Int>? {
    guard let start = offset(header + 24), let size = offset(header + 32),
      size <= bytes.count - start
    else { return nil }
    return start..<start + size
  }

  func string(_ strings: Range<Int>, _ offset: Int) -> String? {
    guard offset < strings.count else { return nil }
    let tail = bytes[(strings.lowerBound + offset)..<strings.upperBound]
    return String(decoding: tail.prefix { $0 != 0 }, as: UTF8.self)
  }

  private func load<Value: FixedWidthInteger & BitwiseCopyable>(_ at: Int) -> Value? {
    guard at >= 0, at <= bytes.count - MemoryLayout<Value>.size else { return nil }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: Value.self))
  }
}
