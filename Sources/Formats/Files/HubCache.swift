internal import Glibc
public import Kernels

/// Finds models that other programs downloaded from the Hugging Face Hub. Nothing is ever
/// downloaded here.
public enum HubCache {
  /// The folder of the cache: `HF_HUB_CACHE`, else `HF_HOME/hub`, else
  /// `XDG_CACHE_HOME/huggingface/hub`, else `~/.cache/huggingface/hub`.
  public static func root(environment: (String) -> String? = variable) -> String {
    func set(_ name: String) -> String? {
      environment(name).flatMap { $0.isEmpty ? nil : expanded($0, environment) }
    }
    if let cache = set("HF_HUB_CACHE") { return cache }
    if let home = set("HF_HOME") { return home + "/hub" }
    if let cache = set("XDG_CACHE_HOME") { return cache + "/huggingface/hub" }
    return expanded("~/.cache/huggingface/hub", environment)
  }

  /// Whether `name` is written like a model of the Hub: `name` or `org/name`, of letters, digits
  /// and `._-`, no part beginning with a dot.
  public static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, name.utf8.count <= 96 else { return false }
    return parts.allSatisfy { part in
      guard let first = part.utf8.first, first != UInt8(ascii: ".") else { return false }
      return part.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }
  }

  /// The folder of the snapshot that `revision` (a branch, tag or commit) of the model `name`
  /// stands for.
  ///
  /// - Throws: `Problem` (66) that says where was looked and how to fetch the model.
  public static func snapshot(
    of name: String, revision: String = "main", environment: (String) -> String? = variable
  ) throws(Problem) -> String {
    let root = root(environment: environment)
    let folder = "\(root)/models--" + name.split(separator: "/").joined(separator: "--")
    let missing = Problem(
      .missingInput, at: name, "is not in the Hugging Face cache \(quoted(root, limit: 200))",
      hint: "fetch it with 'hf download \(name)', or name its folder")
    guard isName(name), isDirectory(folder) else { throw missing }
    guard isRevision(revision) else {
      throw Problem(.usage, at: name, "revision \(quoted(revision)) is not the name of one")
    }
    let commit = try commit(of: revision, in: folder) ?? revision
    let snapshot = "\(folder)/snapshots/\(commit)"
    guard isDirectory(snapshot) else {
      var problem = missing
      problem.what =
        "has no snapshot of revision \(quoted(revision)) in \(quoted(folder, limit: 200))"
      throw problem
    }
    return snapshot
  }

  /// The commit in `refs/REVISION`, nil when there is no such reference.
  private static func commit(of revision: String, in folder: String) throws(Problem) -> String? {
    let path = "\(folder)/refs/\(revision)"
    guard fileExists(path), !isDirectory(path) else { return nil }
    let text = try readText(path, limit: 1024)
    let commit = String(text.prefix { !$0.isWhitespace })
    guard !commit.isEmpty, commit.utf8.allSatisfy(isLetterOrDigit) else {
      throw Problem(.badData, at: path, "holds \(quoted(commit))", expected: "a commit")
    }
    return commit
  }

  /// Names of branches may hold slashes, but lead nowhere else.
  private static func isRevision(_ text: String) -> Bool {
    text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".")
        && part.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func expanded(_ path: String, _ environment: (String) -> String?) -> String {
    guard path.hasPrefix("~/") else { return path }
    return (environment("HOME") ?? ".") + path.dropFirst()
  }

  /// An environment variable of this process.
  public static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// Where the model that `reference` names lies: a path that exists, else a name in the Hugging
/// Face cache (`org/name`, with `@revision` after it where one is wanted).
///
/// - Throws: `Problem` (66) when it is neither.
public func locateModel(
  _ reference: String, environment: (String) -> String? = HubCache.variable
) throws(Problem) -> String {
  if fileExists(reference) { return reference }
  let parts = reference.split(separator: "@", maxSplits: 1).map(String.init)
  if let name = parts.first, HubCache.isName(name), name.contains("/") {
    return try HubCache.snapshot(
      of: name, revision: parts.count > 1 ? parts[1] : "main", environment: environment)
  }
  throw Problem(
    .missingInput, at: reference, "there is no such file or folder",
    hint: "name a model folder, a .gguf file, or org/name of the Hugging Face cache")
}
