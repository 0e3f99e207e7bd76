import Foundation
import PluginAPI

/// Why a library is not used as a plugin, and the command that puts it right.
struct PluginFault: Error, Equatable {
  let problem: Problem
  /// A command for a shell; nil where none helps.
  let fix: String?

  /// - Parameters:
  ///   - advice: What the reader can do, in words; the command follows it.
  init(
    _ kind: Problem.Kind = .badConfiguration, at path: String, _ what: String,
    expected: String? = nil, advice: String? = nil, fix: String? = nil
  ) {
    let hint = [advice, fix].compactMap(\.self).joined(separator: ": ")
    problem = Problem(
      kind, at: path, what, expected: expected, hint: hint.isEmpty ? nil : hint)
    self.fix = fix
  }

  init(_ problem: Problem, fix: String? = nil) {
    self.problem = problem
    self.fix = fix
  }
}

extension PluginFault {
  /// Of a library whose name another one has that counts before it.
  static func hidden(_ file: PluginFile, by first: PluginFile) -> PluginFault {
    PluginFault(
      at: file.path, "a plugin of this name comes before it: \(first.path)",
      advice: "rename or remove one of them", fix: "rm \(shellQuoted(file.path))")
  }
}

extension PluginFile {
  /// The command that builds this plugin again. What lies beside the executable came with it.
  var rebuild: String {
    path.hasPrefix(executableFolder + "/")
      ? "swift build -c release --product \(shellQuoted(stem))"
      : "crucible plugin build \(shellQuoted(Self.hyphenated(stem)))"
  }

  /// `TrainReward` to `train-reward`: what a plugin's folder is called.
  private static func hyphenated(_ name: String) -> String {
    var result = ""
    var previous: Character?
    for character in name {
      if character.isUppercase, let previous, previous.isLowercase || previous.isNumber {
        result += "-"
      }
      result += character.lowercased()
      previous = character
    }
    return result
  }
}

/// Where this program lies.
let executableFolder: String = {
  let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  return ((path ?? "") as NSString).deletingLastPathComponent
}()

/// `text` as one word of a shell command.
func shellQuoted(_ text: String) -> String {
  let isPlain = text.unicodeScalars.allSatisfy { scalar in
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      || "/._-+@%:=,".unicodeScalars.contains(scalar)
  }
  if isPlain, !text.isEmpty { return text }
  return "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
}
