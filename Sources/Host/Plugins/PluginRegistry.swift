import Foundation
import Merging
import PluginAPI

/// The plugins that can be had: found by folder, opened when a name asks for them.
///
/// A plugin that does not load is remembered with its reason; everything else goes on.
final class PluginRegistry {
  enum State {
    case untouched
    case loaded(PluginManifest)
    case refused(PluginFault)
  }

  struct Entry {
    let file: PluginFile
    var state: State
  }

  private(set) var entries: [Entry] = []
  private let guardian: PluginGuard?
  /// Folders of the composite models whose options are being read.
  private var composites: Set<String> = []

  /// Looks through `folders` in order (see `searchFolders`). The first plugin of a name wins, a
  /// later one is listed as refused.
  ///
  /// - Parameter guardian: What libraries pass before this process opens them.
  init(
    folders: [SearchFolder] = PluginRegistry.searchFolders(),
    guardian: PluginGuard? = .standard()
  ) {
    self.guardian = guardian
    for folder in folders {
      for path in folder.candidates() {
        add(PluginFile(path: path))
      }
    }
  }

  private func add(_ file: PluginFile) {
    if let first = entries.first(where: { $0.file.stem == file.stem }) {
      if first.file.path == file.path { return }
      entries.append(Entry(file: file, state: .refused(.hidden(file, by: first.file))))
      return
    }
    entries.append(Entry(file: file, state: .untouched))
  }

  /// Adds a library that a recipe names by path, before all others: it is asked first, and one of
  /// the same name that was found elsewhere is left alone. Throws its refusal.
  func require(_ file: PluginFile) throws {
    if let index = entries.firstIndex(where: { $0.file.absolutePath == file.absolutePath }) {
      // Already open, perhaps; a pin is checked against what lies on the disk all the same.
      if file.pin != nil {
        try Self.throwingProblem { () throws(PluginFault) in try file.inspect() }
      }
      if case .refused = entries[index].state { entries[index].state = .untouched }
      entries.insert(entries.remove(at: index), at: 0)
    } else {
      entries.insert(Entry(file: file, state: .untouched), at: 0)
    }
    for index in entries.indices.dropFirst() where entries[index].file.stem == file.stem {
      if case .loaded = entries[index].state {
        // One process cannot hold both.
        let fault = PluginFault.hidden(file, by: entries[index].file)
        entries[0].state = .refused(fault)
        throw fault.problem
      }
      entries[index].state = .refused(.hidden(entries[index].file, by: file))
    }
    _ = load(0)
    if case .refused(let fault) = entries[0].state { throw fault.problem }
  }

  private static func throwingProblem(_ body: () throws(PluginFault) -> Void) throws {
    do { try body() } catch { throw error.problem }
  }

  /// Calls `body`, which reads the options of `composite`: one that names itself among its models
  /// would never end.
  func reading<Result>(_ composite: CompositeModel, _ body: () throws -> Result) throws -> Result {
    // However it is spelled: `.` inside of it is the folder, too.
    let folder = URL(fileURLWithPath: composite.path).resolvingSymlinksInPath().path
    guard composites.insert(folder).inserted else {
      throw Problem(
        .badConfiguration, at: composite.path, "the model is made of itself",
        hint: "take it out of its own 'models'")
    }
    defer { composites.remove(folder) }
    return try body()
  }

  /// Every manifest that loads, in search order.
  func loadAll() -> [PluginManifest] {
    entries.indices.compactMap { load($0) }
  }

  /// Every library that loads with its manifest, in search order.
  var loaded: [(file: PluginFile, manifest: PluginManifest)] {
    entries.indices.compactMap { index in load(index).map { (entries[index].file, $0) } }
  }

  /// The problems of the plugins that were refused so far.
  var refusals: [Problem] {
    entries.compactMap { if case .refused(let fault) = $0.state { fault.problem } else { nil } }
  }

  /// The reward called `name`. Plugins whose file is named alike are opened first, the others
  /// only when none of these has it.
  func reward(_ name: String, place: String? = nil) throws -> any RewardModel.Type {
    try find(name, kind: "reward", place: place, in: \.rewards) { $0.name }
  }

  /// SHA-256 of the library that registers the reward called `name`.
  func contentHash(ofReward name: String) throws -> String {
    let owner = order(of: name).first { index in
      guard case .loaded(let manifest) = entries[index].state else { return false }
      return manifest.rewards.contains { $0.name == name }
    }
    return try owner.map { try SHA256.hex(ofFile: entries[$0].file.path) } ?? ""
  }

  /// The strategy called `name`, else the merge method of that name as a strategy.
  func strategy(_ name: String, place: String? = nil) throws -> any FusionStrategy.Type {
    let strategy = try? find(name, kind: "strategy", place: place, in: \.strategies) { $0.name }
    return try strategy ?? find(name, kind: "strategy", place: place, in: \.fusions) { $0.name }
  }

  func mergeMethod(_ name: String, place: String? = nil) throws -> any MergeMethod.Type {
    try find(name, kind: "merge method", place: place, in: \.merges) { $0.name }
  }

  /// All merge methods, opened when they are asked for.
  var mergeMethods: MergeMethods {
    MergeMethods(
      named: { try self.mergeMethod($0, place: $1) },
      all: { self.loadAll().flatMap(\.merges) })
  }

  func adapter(_ name: String, place: String? = nil) throws -> any ModelAdapter.Type {
    try find(name, kind: "adapter", place: place, in: \.adapters) { $0.name }
  }

  /// The first adapter, in search order, that says it can open the reference.
  func adapter(for reference: ModelReference) throws -> any ModelAdapter.Type {
    if let name = reference.adapter { return try adapter(name, place: reference.place) }
    for manifest in loadAll() {
      if let match = manifest.adapters.first(where: { $0.canOpen(reference) }) { return match }
    }
    throw unopenable(reference)
  }

  private func unopenable(_ reference: ModelReference) -> Problem {
    let exists = FileManager.default.fileExists(atPath: reference.location)
    let adapters = loadAll().flatMap(\.adapters).map { $0.name }.joined(separator: ", ")
    return Problem(
      exists ? .badData : .missingInput, at: reference.place,
      exists
        ? "no adapter can open \(quoted(reference.location))"
        : "no model at \(quoted(reference.location))",
      expected: "a Hugging Face directory, a .gguf file or a cached org/name",
      hint: adapters.isEmpty
        ? "no adapter plugin was found; see 'crucible plugin list'"
        : "adapters that were asked: \(adapters)")
  }

  private func find<Kind>(
    _ name: String, kind: String, place: String?, in list: KeyPath<PluginManifest, [Kind]>,
    named: (Kind) -> String
  ) throws -> Kind {
    for index in order(of: name) {
      if let match = load(index)?[keyPath: list].first(where: { named($0) == name }) {
        return match
      }
    }
    for index in order(of: name).prefix(while: { isAlike($0, name) }) {
      if case .refused(let fault) = entries[index].state { throw fault.problem }
    }
    let known = loadAll().flatMap { $0[keyPath: list] }.map(named)
    throw Problem(
      .badConfiguration, at: place, "there is no \(kind) \(quoted(name))",
      expected: known.isEmpty ? nil : "one of \(known.joined(separator: ", "))",
      hint: Self.hint(for: name, among: known))
  }

  /// Libraries in the order in which they are asked for `name`: those named alike, then the others.
  private func order(of name: String) -> [Int] {
    entries.indices.filter { isAlike($0, name) } + entries.indices.filter { !isAlike($0, name) }
  }

  private func isAlike(_ index: Int, _ name: String) -> Bool {
    Self.folded(entries[index].file.stem) == Self.folded(name)
  }

  private static func hint(for name: String, among known: [String]) -> String {
    if let close = closest(to: name, among: known) { return "did you mean \(quoted(close))?" }
    return "see 'crucible plugin list'"
  }

  private func load(_ index: Int) -> PluginManifest? {
    switch entries[index].state {
    case .loaded(let manifest): return manifest
    case .refused: return nil
    case .untouched: break
    }
    do {
      let manifest = try entries[index].file.load(guardedBy: guardian)
      entries[index].state = .loaded(manifest)
      return manifest
    } catch {
      entries[index].state = .refused(error)
      return nil
    }
  }

  /// `few-shot`, `FewShot` and `few_shot` are one name when files are looked for.
  static func folded(_ name: String) -> String {
    name.lowercased().filter { $0 != "-" && $0 != "_" }
  }
}

extension PluginManifest {
  /// What `fusion.strategy` can name: strategies, and merge methods as strategies.
  var fusions: [any FusionStrategy.Type] { strategies + merges.map(mergeStrategy) }
}
