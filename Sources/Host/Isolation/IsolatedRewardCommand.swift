import ArgumentParser
import Foundation
import PluginAPI

/// The child's side of an isolated reward: a hidden command that other Crucibles start.
///
/// The first line says which reward with which options; its answer is `scope` and `library`, or the
/// `problems` of its options. Every other line holds `rows` and is answered with `scores`, or asks
/// for the `identity`.
struct IsolatedRewardCommand: ParsableCommand {
  static let name = "isolated-reward"
  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Score lines for another Crucible.", shouldDisplay: false)

  func run() throws {
    var lines = try ParentLines()
    guard let setup = try lines.next() else { return }
    var problems: [Problem] = []
    let reward = Self.reward(setup, into: &problems)
    guard let reward, problems.isEmpty else { return try lines.answer(Self.reply(problems)) }
    try lines.answer([
      "scope": reward.model.scope == .prompt ? "prompt" : "response",
      "library": .string(reward.library),
      "rows_per_call": .int(Int64(reward.model.rowsPerCall)),
    ])
    while let line = try lines.next() {
      var answer = Self.answer(line, by: reward)
      answer["index"] = line["index"]
      answer["library"] = .string(reward.library)
      try lines.answer(answer)
    }
  }

  private static func reward(_ setup: JSON, into problems: inout [Problem]) -> RewardHandle? {
    guard let node = setup["reward"].flatMap({ YAMLNode(line: $0) }) else {
      problems.append(Problem(.badConfiguration, "this command is for Crucible's own use"))
      return nil
    }
    let context = OptionContext(folder: setup["folder"]?.string ?? ".")
    let specification = RewardSpecification(node, into: &problems, context)
    let factory = PluginFactory(registry: PluginRegistry(), context: context)
    return problems.isEmpty ? factory.reward(specification, into: &problems) : nil
  }

  private static func answer(_ line: JSON, by reward: RewardHandle) -> JSON {
    do {
      if line["ask"] != nil { return ["identity": .string(try reward.model.identity)] }
      let rows = (line["rows"]?.array ?? []).map { Completion(line: $0) }
      let (scores, stopped) = try reward.judgeInPart(rows)
      return [
        "scores": .array(scores.map(\.line)), "stopped": stopped.map(\.line) ?? .null,
      ]
    } catch {
      return reply(listed(error))
    }
  }

  private static func reply(_ problems: [Problem]) -> JSON {
    ["problems": .array(problems.map(\.line))]
  }
}

/// The pipes to the parent, out of the way of plugins: what they print goes to stderr, and what
/// they read is at its end.
struct ParentLines {
  private let input: FileHandle
  private let output: FileHandle
  private var received = Data()

  init() throws {
    let (ours, theirs) = (fcntl(0, F_DUPFD_CLOEXEC, 3), fcntl(1, F_DUPFD_CLOEXEC, 3))
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard ours >= 0, theirs >= 0, nothing >= 0, dup2(nothing, 0) >= 0, dup2(2, 1) >= 0 else {
      throw Problem(.inputOutput, "the pipes cannot be moved: \(String(cString: strerror(errno)))")
    }
    input = FileHandle(fileDescriptor: ours)
    output = FileHandle(fileDescriptor: theirs)
  }

  /// The next line; nil at the end.
  mutating func next() throws -> JSON? {
    var searched = 0
    while true {
      if let end = received.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
        let line = [UInt8](received[received.startIndex..<end])
        received = Data(received[(end + 1)...])
        return try JSON.parse(
          line, source: "isolated-reward", limits: JSONLimits(depth: 512))
      }
      searched = received.count
      let more = input.availableData
      if more.isEmpty { return nil }
      received.append(more)
    }
  }

  func answer(_ line: JSON) throws {
    try output.write(contentsOf: Data((line.serialized() + "\n").utf8))
  }
}
