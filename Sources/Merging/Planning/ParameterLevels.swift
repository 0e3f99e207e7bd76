/// The levels of a config at which parameters may be set, nearest first.
struct ParameterLevels: Sendable {
  var levels: [ParameterMap]

  /// The value of `key` for the tensor `name` at place `t`: of the first level that says anything
  /// about it. nil leaves it to the method's default.
  func value(_ key: String, name: String, at t: Double) throws -> YAMLNode? {
    for level in levels {
      if let value = try level[key]?.value(for: name, at: t) { return value }
    }
    return nil
  }

  func values(_ keys: [String], name: String, at t: Double) throws -> [YAMLNode?] {
    try keys.map { try value($0, name: name, at: t) }
  }
}

/// Checks that every parameter a document sets is one that its method has.
struct ParameterCheck {
  let method: any MethodBinding
  /// Parameters of all methods: those of others are leftovers, not misspelt.
  let known: Set<String>
  /// Parameters that mergekit's methods take without effect here.
  private static let withoutEffect: Set = ["int8_mask", "normalize", "density", "weight"]

  func check(
    _ document: MergeDocument, into problems: inout [Problem], warnings: inout [String]
  ) {
    check(document.parameters, into: &problems, warnings: &warnings)
    for module in document.modules {
      check(module.parameters, into: &problems, warnings: &warnings)
      for slice in module.slices {
        check(slice.parameters, into: &problems, warnings: &warnings)
        for entry in slice.sources {
          check(entry.parameters, ofEntry: true, into: &problems, warnings: &warnings)
        }
      }
    }
  }

  private func check(
    _ map: ParameterMap, ofEntry: Bool = false, into problems: inout [Problem],
    warnings: inout [String]
  ) {
    let own = method.sharedKeys + method.inputKeys
    for (key, mark, _) in map.entries {
      if ofEntry, method.sharedKeys.contains(key), !method.inputKeys.contains(key) {
        warnings.append(
          "\(mark): \(quoted(key)) holds for whole tensors; it has no effect at a single model")
      } else if own.contains(key) {
        continue
      } else if known.contains(key) || Self.withoutEffect.contains(key) {
        warnings.append("\(mark): \(quoted(key)) has no effect on \(method.name)")
      } else {
        problems.append(
          Problem(
            .badConfiguration, at: mark, "\(method.name) has no parameter \(quoted(key))",
            hint: closest(to: key, among: own).map { "did you mean \(quoted($0))?" }
              ?? (own.isEmpty ? "it has none" : "it has \(own.joined(separator: ", "))")))
      }
    }
  }
}
