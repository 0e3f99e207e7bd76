internal import Synchronization

/// The parameters of a merge method, those of a tensor and those of an input, as options that take
/// what merge configs take: a value, a list over the layers, or filters by name.
struct MethodParameters<Method: MergeMethod>: AnySettingGroup {
  private let parameters: [MethodParameter]

  init() {
    var seen: Set<String> = []
    let all = OptionReader.describe(Method.Options()) + OptionReader.describe(Method.Input())
    parameters = all.filter { seen.insert($0.key).inserted }.map {
      MethodParameter(description: $0, isRequired: Method.contract.required.contains($0.key))
    }
  }

  var settings: [(key: String, setting: any AnySetting)] {
    parameters.map { ($0.description.key, $0) }
  }

  /// What the recipe has set, in declaration order.
  var written: [YAMLEntry] { parameters.compactMap { $0.written.entry.withLock { $0 } } }
}

private struct MethodParameter: AnySetting {
  let description: OptionDescription
  let isRequired: Bool
  let written = WrittenEntry()

  /// Only kept: values are checked tensor by tensor when the merge is planned.
  func read(
    _ node: YAMLNode, key: String, into problems: inout [Problem], _ context: OptionContext
  ) {
    written.entry.withLock { $0 = YAMLEntry(key: key, keyMark: node.mark, value: node) }
  }

  func describe(key: String) -> [OptionDescription] {
    var shown = description
    shown.type += ", a list over the layers, or filters"
    if isRequired, key != "weight" { shown.documentation += " Must be given." }
    shown.schema = ["anyOf": [description.schema, ["type": "array"], ["type": "object"]]]
    return [shown]
  }
}

private final class WrittenEntry: Sendable {
  let entry = Mutex<YAMLEntry?>(nil)
}
