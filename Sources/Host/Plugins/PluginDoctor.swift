import Foundation
import PluginAPI

/// Looks at libraries, each opened in a child process, and says what is wrong with them.
struct PluginDoctor {
  let probe: PluginProbe
  /// Renewed by what is found: a library that was mended is opened again by runs.
  let verdicts: ProbeVerdicts

  /// What is found in the search folders, in their order.
  func examine(_ folders: [SearchFolder]) throws(Problem) -> [PluginDiagnosis] {
    var diagnoses: [PluginDiagnosis] = []
    var first: [String: String] = [:]
    for path in folders.flatMap(Self.files) {
      guard var diagnosis = try examine(file: path, isAsked: false) else { continue }
      if diagnosis.status != .noPlugin {
        let file = PluginFile(path: path)
        if let other = first[file.stem], other != path {
          diagnosis.fault = .hidden(file, by: PluginFile(path: other))
          diagnosis.status = .refused
        } else {
          first[file.stem] = path
        }
      }
      diagnoses.append(diagnosis)
    }
    Self.noteSharedNames(&diagnoses)
    return diagnoses
  }

  /// What is found at a path: one file, or all of a folder.
  func examine(path: String) throws(Problem) -> [PluginDiagnosis] {
    guard fileExists(path) else { throw Problem(.missingInput, at: path, "does not exist") }
    guard isDirectory(path) else {
      return try [examine(file: path, isAsked: true)].compactMap(\.self)
    }
    let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let isOwn = real == URL(fileURLWithPath: executableFolder).resolvingSymlinksInPath().path
    let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    return try examine([SearchFolder(path: folder, holdsOtherLibraries: isOwn)])
  }

  /// - Parameter isAsked: Whether the user named this file; others are passed over when they have
  ///   nothing to do with plugins.
  private func examine(file path: String, isAsked: Bool) throws(Problem) -> PluginDiagnosis? {
    let file = PluginFile(path: path)
    let name = (path as NSString).lastPathComponent
    if !name.hasSuffix(".so") {
      if let program = OtherFile(program: path) {
        return PluginDiagnosis(path: path, other: program)
      }
      if !isAsked { return nil }
    }
    do {
      try file.inspect()
    } catch {
      if let elf = try? file.elf(), !elf.defines(file.entrySymbol),
        let library = OtherFile(library: elf)
      {
        return PluginDiagnosis(path: path, other: library)
      }
      return PluginDiagnosis(path: path, fault: error)
    }
    if !isAsked, !name.hasPrefix("lib") {
      return PluginDiagnosis(path: path, fault: Self.misnamed(path, name))
    }
    let report = try probe.examine(path, making: true)
    if report.isLasting { verdicts.record(report.isSurvivable ? nil : report.fault, of: file) }
    return PluginDiagnosis(report)
  }

  private static func misnamed(_ path: String, _ name: String) -> PluginFault {
    let right = (path as NSString).deletingLastPathComponent + "/lib" + name
    return PluginFault(
      at: path, "is not looked at", expected: "a file called lib\(name)",
      fix: "mv \(shellQuoted(path)) \(shellQuoted(right))")
  }

  private static func files(_ folder: SearchFolder) -> [String] {
    if folder.holdsOtherLibraries { return folder.candidates() }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().filter { !$0.hasPrefix(".") && $0 != "libCrucibleCore.so" }
      .map { "\(folder.path)/\($0)" }
      .filter { !isDirectory($0) }
  }

  /// Tells of names that several libraries register which one a recipe gets.
  private static func noteSharedNames(_ diagnoses: inout [PluginDiagnosis]) {
    var owners: [PluginDiagnosis.Registered: [Int]] = [:]
    for index in diagnoses.indices where diagnoses[index].status == .loads {
      for entry in diagnoses[index].registered { owners[entry.what, default: []].append(index) }
    }
    for (what, indices) in owners where indices.count > 1 {
      let alike = indices.first {
        PluginRegistry.folded(PluginFile(path: diagnoses[$0].path).stem)
          == PluginRegistry.folded(what.name)
      }
      let winner = alike ?? indices[0]
      for index in indices where index != winner {
        diagnoses[index].notes.append(
          "\(what.kind) \(what.name) is also registered by \(diagnoses[winner].path), which recipes "
            + "get; to get this one they name its path")
      }
    }
    for index in diagnoses.indices { diagnoses[index].notes.sort() }
  }
}
