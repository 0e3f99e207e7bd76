import ArgumentParser
import PluginAPI

/// `crucible plugin doctor`
struct PluginDoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Open plugins one by one in a child process; say what does not load, and the fix.",
    discussion: """
      Says of every library what it registers, what it was built with, whether it loads, and where \
      it does not, why and the command that puts it right. A library that crashes or hangs is \
      reported. Exit code 0 when all load, 78 otherwise.
      """)

  @Argument(help: "A library or a folder [every folder where plugins are looked for].")
  var path: String?
  @Option(help: "Seconds that a library may take.") var deadline = 10.0
  @Flag(help: "Print JSON: an object a file.") var json = false

  func validate() throws {
    guard deadline >= 0.1, deadline <= 3600 else {
      throw ValidationError("--deadline must be in 0.1...3600")
    }
  }

  func run() throws {
    guard var probe = PluginProbe.standard() else {
      throw Problem(.failed, "this program cannot be started again to open plugins")
    }
    probe.deadlineSeconds = deadline
    let doctor = PluginDoctor(probe: probe, verdicts: .standard())
    let folders = PluginRegistry.searchFolders()
    let diagnoses = try path.map { try doctor.examine(path: $0) } ?? doctor.examine(folders)
    if json {
      print(JSON.array(diagnoses.map(\.json)).serialized(pretty: true))
    } else {
      show(diagnoses, looked: path.map { [$0] } ?? folders.map(\.path))
    }
    if diagnoses.contains(where: \.isFaulty) {
      throw ExitCode(Problem.Kind.badConfiguration.rawValue)
    }
  }

  private func show(_ diagnoses: [PluginDiagnosis], looked: [String]) {
    for diagnosis in diagnoses {
      print(diagnosis.lines(.standardOutput).joined(separator: "\n"), terminator: "\n\n")
    }
    let faulty = diagnoses.count(where: \.isFaulty)
    let loading = diagnoses.count { $0.status == .loads }
    var parts = ["\(loading) load\(loading == 1 ? "s" : "")"]
    if faulty > 0 { parts.append("\(faulty) do\(faulty == 1 ? "es" : "") not") }
    let others = diagnoses.count { $0.status == .noPlugin }
    if others > 0 { parts.append("\(others) \(others == 1 ? "is" : "are") no plugin") }
    if diagnoses.isEmpty {
      print("no plugins found; looked in:")
      for place in looked { print("  \(place)") }
    } else {
      print(parts.joined(separator: ", "))
    }
  }
}
