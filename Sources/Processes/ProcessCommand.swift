internal import Glibc
public import Kernels

/// A program to start as a child.
public struct ProcessCommand: Sendable {
  /// The program and what it is given. A name without a slash is looked up in PATH; other
  /// relative paths start from `folder`.
  public var arguments: [String]
  /// Where it starts; nil: where this process is.
  public var folder: String?
  /// All of its environment; nil: this process's.
  public var environment: [String: String]?
  public var limits: ProcessLimits
  /// What is taken from it. With `.files`, `folder` is the one place it may write to.
  public var confinement: Confinement
  /// With `.reading`, files and folders it may read beside the system's, the program itself and
  /// `folder`. Those that do not exist are passed over.
  public var readable: [String]
  /// Newest version of Landlock to use; nil: what the kernel has. For tests of machines without.
  var landlock: Int32?

  public init(
    _ arguments: [String], folder: String? = nil, environment: [String: String]? = nil,
    limits: ProcessLimits = ProcessLimits(), confinement: Confinement = .none,
    readable: [String] = []
  ) {
    self.arguments = arguments
    self.folder = folder
    self.environment = environment
    self.limits = limits
    self.confinement = confinement
    self.readable = readable
  }
}

/// What a child may use; nil: as much as this process.
public struct ProcessLimits: Sendable, Equatable {
  /// Address space in bytes: more is refused to the program.
  public var memoryBytes: Int?
  /// Processor seconds: more ends it.
  public var cpuSeconds: Int?
  /// Size of a file it writes, in bytes.
  public var fileBytes: Int?
  /// Descriptors open at a time.
  public var openFiles: Int?
  /// Processes and threads of its user, all programs together; holds for confined children that are
  /// not root's.
  public var processes: Int?

  public init(
    memoryBytes: Int? = nil, cpuSeconds: Int? = nil, fileBytes: Int? = nil, openFiles: Int? = nil,
    processes: Int? = nil
  ) {
    self.memoryBytes = memoryBytes
    self.cpuSeconds = cpuSeconds
    self.fileBytes = fileBytes
    self.openFiles = openFiles
    self.processes = processes
  }
}

extension ProcessCommand {
  /// Throws `Problem` (66, 78) when there is no such program, or it cannot be executed.
  public func check() throws(Problem) { _ = try program() }

  /// Path of the file to execute.
  ///
  /// Throws `Problem` (66, 78) when there is none, or it is no program.
  public func program() throws(Problem) -> String {
    guard let name = arguments.first, !name.isEmpty else {
      throw Problem(.badConfiguration, "the command is empty", expected: "[program, argument, …]")
    }
    guard name.contains("/") else { return try found(name) }
    let path = name.hasPrefix("/") ? name : (folder.map { "\($0)/\(name)" } ?? name)
    guard access(path, F_OK) == 0 else {
      throw Problem(.missingInput, at: path, "there is no such program")
    }
    guard Self.isProgram(path) else {
      throw Problem(
        .badConfiguration, at: path, "is not executable", hint: "chmod +x \(path)")
    }
    return Self.absolute(path)
  }

  /// The child is in its folder when it looks for the file.
  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return "\(String(cString: here))/\(path)"
  }

  private func found(_ name: String) throws(Problem) -> String {
    let path = environment?["PATH"] ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    for folder in path.split(separator: ":") where Self.isProgram("\(folder)/\(name)") {
      return Self.absolute("\(folder)/\(name)")
    }
    throw Problem(
      .missingInput, "there is no program \(quoted(name)) in PATH",
      hint: "install it, or write its whole path")
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return access(path, X_OK) == 0 && stat(path, &status) == 0
      && status.st_mode & S_IFMT == S_IFREG
  }
}
