import Formats
import Kernels

/// What went into a run: enough to tell whether a later command continues the same one. It holds no
/// times, so equal runs have equal manifests.
struct RunManifest: Sendable, Equatable {
  static let fileName = "manifest.json"

  /// One model, data file or plugin that the run reads.
  struct Input: Sendable, Equatable {
    /// Its place in the recipe, which tells inputs apart: `target`, `sources[1]`, `data.train`.
    var role: String
    /// The path as the recipe writes it. Not compared: the same bytes may have moved.
    var path: String
    /// SHA-256 over its content, in hexadecimal.
    var sha256: String
    var bytes: Int64
  }

  var name: String
  var seed: UInt64
  /// SHA-256 of `recipe.yaml`, in hexadecimal.
  var recipeSHA256: String
  /// In recipe order.
  var inputs: [Input]
  /// Of the program, the plugin API and the toolchain, by name.
  var versions: [(name: String, version: String)]
  var machine: Machine

  static func == (one: RunManifest, other: RunManifest) -> Bool { one.json == other.json }
}

// MARK: - As JSON

extension RunManifest {
  var json: JSON {
    [
      "version": 1, "name": .string(name), "seed": .string(String(seed)),
      "recipe_sha256": .string(recipeSHA256), "inputs": .array(inputs.map(\.json)),
      "versions": .object(JSONObject(versions.map { (key: $0.name, value: .string($0.version)) })),
      "machine": machine.json,
    ]
  }

  init(_ json: JSON, source: String) throws(Problem) {
    guard json["version"]?.int == 1 else {
      throw Problem(
        .badData, at: source, "the manifest is of another version", expected: "version 1",
        hint: "resume with the Crucible that began the run")
    }
    guard let name = json["name"]?.string, let seed = json["seed"]?.string.flatMap({ UInt64($0) }),
      let recipe = json["recipe_sha256"]?.string, let inputs = json["inputs"]?.array,
      let versions = json["versions"]?.object, let machine = json["machine"].map(Machine.init)
    else { throw Self.malformed(source) }
    self.name = name
    self.seed = seed
    recipeSHA256 = recipe
    self.inputs = try inputs.map { (input) throws(Problem) in
      guard let input = Input(input) else { throw Self.malformed(source) }
      return input
    }
    self.versions = versions.entries.map { ($0.key, $0.value.string ?? "") }
    self.machine = machine
  }

  private static func malformed(_ source: String) -> Problem {
    Problem(
      .badData, at: source, "this is no manifest of a run",
      hint: "the run cannot be resumed; start a new one without --resume")
  }
}

extension RunManifest.Input {
  fileprivate var json: JSON {
    [
      "role": .string(role), "path": .string(path), "sha256": .string(sha256),
      "bytes": .int(bytes),
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let role = json["role"]?.string, let path = json["path"]?.string,
      let sha256 = json["sha256"]?.string, let bytes = json["bytes"]?.int
    else { return nil }
    self.init(role: role, path: path, sha256: sha256, bytes: Int64(bytes))
  }
}

extension Machine {
  fileprivate init(_ json: JSON) {
    cpu = json["cpu"]?.string ?? "unknown"
    cores = json["cores"]?.int ?? 0
    threads = json["threads"]?.int ?? 0
    memoryBytes = Int64(json["memory_bytes"]?.int ?? 0)
    system = json["system"]?.string ?? "unknown"
  }
}
