import ArgumentParser
import Merging
import PluginAPI

/// `crucible merge plan`
struct MergePlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "What a merge will do, without doing it.",
    discussion: """
      Reads configs and headers only, and one tensor to tell the time. Refuses what cannot work and
      says which option would make it work.
      """)

  @Argument(help: "mergekit YAML.") var config: String
  @Flag(help: "List every tensor with its shape, type and sources.") var tensors = false
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var verbosity: Verbosity

  func run() throws {
    let console = verbosity.makeConsole()
    let merge = try Merge(MergeConfig(path: config), methods: PluginRegistry().mergeMethods)
    let pages = merge.plans.map { MergePlanPage(plan: $0, seconds: $0.estimatedSeconds()) }
    if json {
      let object: JSON = [
        "config": .string(config), "documents": .array(pages.map { $0.json(tensors: tensors) }),
        "warnings": .array(merge.warnings.map { .string($0) }),
      ]
      return print(object.serialized(pretty: true))
    }
    for page in pages { page.printPage(tensors: tensors) }
    for warning in merge.warnings { console.warn(warning) }
  }
}

/// What there is to say about one planned merge.
struct MergePlanPage {
  let plan: MergePlan
  /// Computing time; nil where it cannot be told beforehand.
  let seconds: Double?

  func printPage(tensors: Bool) {
    let document = plan.document
    line("merge", document.name ?? "the result")
    line("method", document.method)
    for (index, model) in plan.models.enumerated() {
      let role = model.reference == document.baseModel ? "  (base)" : ""
      line(index == 0 ? "models" : "", model.name + role)
    }
    let numbers = plan.tensors.reduce(0) { $0 + $1.count }
    line("tensors", "\(plan.tensors.count), \(HumanFormat.short(Double(numbers))) numbers")
    line("reads", bytes(plan.costs.bytesRead))
    line("writes", bytes(plan.outputBytes) + " as " + dtypes)
    line("memory", bytes(plan.peakBytes) + " at most, besides the mapped files")
    if let seconds {
      line("time", HumanFormat.duration(seconds) + " of computing, as fast as the disk allows")
    }
    if let vocabulary = plan.vocabulary { printVocabulary(vocabulary) }
    if tensors { printTensors() }
  }

  private func line(_ label: String, _ text: String) {
    print(label.padding(to: 12) + text)
  }

  private func bytes(_ count: Int) -> String { HumanFormat.bytes(Int64(count)) }

  private var dtypes: String {
    var seen: [String] = []
    for tensor in plan.tensors where !seen.contains("\(tensor.dtype)") {
      seen.append("\(tensor.dtype)")
    }
    return seen.joined(separator: ", ")
  }

  private func printVocabulary(_ vocabulary: VocabularyPlan) {
    let report = vocabulary.report
    line("vocabulary", "\(report.tokenCount) tokens in \(vocabulary.rowCount) rows")
    for member in report.members {
      line("", "\(member.name): \(member.shared) shared, \(member.missing) filled")
      show("added", member.added)
      show("from the one model that has them", member.filledFromOneModel)
      show("from the base", member.filledFromBase)
      show("mean of those that have them", member.filledWithMean)
      show("zeros", member.filledWithZeros)
      show("as configured", member.filledAsConfigured)
      show("dropped", member.dropped)
    }
  }

  private func show(_ label: String, _ tokens: VocabularyReport.Tokens) {
    guard tokens.count > 0 else { return }
    let names = tokens.first.map { quoted($0, limit: 24) }.joined(separator: " ")
    line(
      "", "  \(label): \(tokens.count)  \(names)\(tokens.count > tokens.first.count ? " …" : "")")
  }

  private func printTensors() {
    print()
    for tensor in plan.tensors {
      let sources = tensor.sources.map { plan.models[$0.model].name + ":" + $0.name }
      print("\(tensor.name)  \(tensor.dtype) \(tensor.shape)")
      for source in sources { print("    \(source)") }
    }
  }

  func json(tensors: Bool) -> JSON {
    var object: JSON = [
      "method": .string(plan.document.method),
      "models": .array(plan.models.map { .string($0.name) }),
      "tensor_count": .int(Int64(plan.tensors.count)),
      "bytes_read": .int(Int64(plan.costs.bytesRead)),
      "bytes_written": .int(Int64(plan.outputBytes)),
      "peak_bytes": .int(Int64(plan.peakBytes)),
      "config": plan.config,
    ]
    object["name"] = plan.document.name.map { .string($0) }
    object["base_model"] = plan.document.baseModel.map { .string($0.text) }
    object["seconds"] = seconds.map { .number($0) }
    object["vocabulary"] = plan.vocabulary.map { vocabulary in
      [
        "tokens": .int(Int64(vocabulary.report.tokenCount)),
        "rows": .int(Int64(vocabulary.rowCount)),
        "members": .array(
          vocabulary.report.members.map { member in
            [
              "name": .string(member.name), "shared": .int(Int64(member.shared)),
              "filled": .int(Int64(member.missing)), "dropped": .int(Int64(member.dropped.count)),
            ]
          }),
      ]
    }
    if tensors {
      object["tensors"] = .array(
        plan.tensors.map { tensor in
          [
            "name": .string(tensor.name), "dtype": .string("\(tensor.dtype)"),
            "shape": .array(tensor.shape.map { .int(Int64($0)) }),
            "sources": .array(
              tensor.sources.map { source in
                ["model": .string(plan.models[source.model].name), "name": .string(source.name)]
              }),
          ]
        })
    }
    return object
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
