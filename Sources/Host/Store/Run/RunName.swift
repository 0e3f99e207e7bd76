/// Names of run folders: `<name>-<n>`.
enum RunName {
  /// `name` as part of a file name: letters, digits and `._-` stay, everything else becomes `-`.
  static func fileName(_ name: String) -> String {
    let safe = name.unicodeScalars.map { scalar -> Character in
      let isPlain = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      return isPlain || "._-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
    }
    let text = String(safe.prefix(50))
    return text.allSatisfy { $0 == "." } ? "run" : text
  }

  /// The highest number among the folders `<name>-<n>` in `runs`; 0 when there is none.
  static func last(_ name: String, in runs: String) -> Int {
    let prefix = fileName(name) + "-"
    let numbers = LocalFiles.names(in: runs).compactMap { folder in
      folder.hasPrefix(prefix) ? Int(folder.dropFirst(prefix.count)) : nil
    }
    return numbers.filter { (1..<1_000_000_000).contains($0) }.max() ?? 0
  }

  /// The folder of the newest run `name` in `runs`: what a bare `--resume` means. Nil when there is
  /// none.
  static func latest(_ name: String, in runs: String) -> String? {
    let number = last(name, in: runs)
    return number == 0 ? nil : FilePath.join(runs, "\(fileName(name))-\(number)")
  }
}
