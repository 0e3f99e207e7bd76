import ArgumentParser
import Foundation
import PluginAPI

/// `crucible plugin new`
struct PluginNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Write a folder NAME with a plugin that works, to change.",
    discussion: """
      The folder holds Swift sources, tests.jsonl for 'crucible plugin test', a recipe that runs, and a \
      README. Nothing that exists is overwritten.
      """)

  @Argument(
    help: "What it is: \(PluginTemplate.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var kind: String
  @Argument(help: "Lower case words joined by '-'.") var name: String
  @Option(name: .customLong("in"), help: "Folder to write into [this one].") var parent = "."
  @Flag(help: "Also write a Package.swift, so that 'swift build' builds it.") var package = false

  func run() throws {
    let kind = try Self.kind(kind)
    let name = try PluginName(name)
    try TakenNames(registry: PluginRegistry()).check(name)
    let tree = ProgramTree.own
    let path = parent == "." ? name.text : FilePath.join(parent, name.text)
    // The kernel goes up from where a folder really is.
    let real = URL(fileURLWithPath: parent).resolvingSymlinksInPath().path
    let template = PluginTemplate(
      kind, name: name, folder: FilePath.join(real, name.text), tree: tree,
      package: package ? try Self.core(tree) : nil)
    try PluginFolder(path: path, template: template).write()
    print("wrote \(path)/: \(template.files.map(\.path).joined(separator: ", "))")
    print("next:")
    let steps =
      parent == "." ? template.nextSteps : ["cd \(shellQuoted(parent))"] + template.nextSteps
    for step in steps { print("  \(step)") }
    if tree.examples == nil {
      Console.standard.warn(
        "the example models were not found; put paths of yours into \(path)/recipe.yaml")
    }
  }

  private static func kind(_ text: String) throws(Problem) -> PluginTemplate.Kind {
    if let kind = PluginTemplate.Kind(rawValue: text) { return kind }
    let known = PluginTemplate.Kind.allCases.map(\.rawValue)
    throw Problem(
      .usage, "there is no kind of plugin called \(quoted(text))",
      expected: "one of \(known.joined(separator: ", "))",
      hint: closest(to: text, among: known).map { "did you mean \(quoted($0))?" })
  }

  private static func core(_ tree: ProgramTree) throws(Problem) -> String {
    guard tree.modules != nil, fileExists(tree.core) else {
      throw Problem(
        .missingInput, at: tree.folder, "there is no core to build a package against",
        hint: "use a Crucible that was built or installed here")
    }
    return tree.folder
  }
}
