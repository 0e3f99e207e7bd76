import Kernels

/// What differs between the run in a folder and the one a command asks to continue.
struct RunComparison {
  /// Differences after which the result would not be that of an unbroken run, a line each.
  private(set) var changes: [String] = []
  /// Differences that may only change the last bits of numbers, a line each.
  private(set) var warnings: [String] = []

  /// How many changed recipe lines are shown.
  private static let shownLines = 8

  init(
    of manifest: RunManifest, recipe: String, with old: RunManifest, recipe oldRecipe: String
  ) {
    if manifest.recipeSHA256 != old.recipeSHA256 || recipe != oldRecipe {
      changes += Self.recipeChanges(from: oldRecipe, to: recipe)
    }
    if manifest.seed != old.seed {
      changes.append("seed: was \(old.seed), is \(manifest.seed)")
    }
    compareInputs(manifest.inputs, with: old.inputs)
    compareSurroundings(manifest, with: old)
  }

  /// Throws, with every change, when there is one.
  func check(at folder: String) throws(Problem) {
    guard !changes.isEmpty else { return }
    let lines = ["the run cannot be resumed, as it changed since it began:"] + changes
    throw Problem(
      .badConfiguration, at: folder,
      lines.joined(separator: "\n  ")
        + "\nundo the change, or start a new run without --resume")
  }

  private static func recipeChanges(from old: String, to new: String) -> [String] {
    let oldLines = old.split(separator: "\n", omittingEmptySubsequences: false)
    let newLines = new.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = newLines.difference(from: oldLines).map { change in
      switch change {
      case .remove(let offset, let line, _): "recipe line \(offset + 1) was: \(line)"
      case .insert(let offset, let line, _): "recipe line \(offset + 1) is:  \(line)"
      }
    }
    guard !lines.isEmpty else { return ["recipe.yaml was edited after the run began"] }
    let more = lines.count - shownLines
    return Array(lines.prefix(shownLines)) + (more > 0 ? ["and \(more) more recipe lines"] : [])
  }

  private mutating func compareInputs(_ inputs: [RunManifest.Input], with old: [RunManifest.Input])
  {
    for input in inputs {
      guard let before = old.first(where: { $0.role == input.role }) else {
        changes.append("\(input.role): \(quoted(input.path)) was not there")
        continue
      }
      guard before.sha256 != input.sha256 else { continue }
      changes.append(
        "\(input.role): the content of \(quoted(input.path)) changed"
          + " (\(before.bytes) bytes, SHA-256 \(before.sha256.prefix(12))…;"
          + " now \(input.bytes) bytes, \(input.sha256.prefix(12))…)")
    }
    for before in old where !inputs.contains(where: { $0.role == before.role }) {
      changes.append("\(before.role): \(quoted(before.path)) is no longer there")
    }
  }

  private mutating func compareSurroundings(_ manifest: RunManifest, with old: RunManifest) {
    for (name, version) in manifest.versions {
      let before = old.versions.first { $0.name == name }?.version
      guard let before, before != version else { continue }
      warnings.append("the run began with \(name) \(before), this is \(version)")
    }
    let (was, now) = (old.machine, manifest.machine)
    if was.threads != now.threads {
      warnings.append("the run began with \(was.threads) threads, now there are \(now.threads)")
    }
    if was.cpu != now.cpu {
      warnings.append("the run began on \(was.cpu), this is \(now.cpu)")
    }
  }
}
