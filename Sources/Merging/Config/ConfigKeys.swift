/// The keys that a mapping of a merge config may have.
///
/// mergekit drops unknown keys without a word, so old files carry leftovers. Those that are known
/// get a warning; everything else is an error, since a misspelt key would be lost the same way.
struct ConfigKeys {
  let known: [String]
  let leftovers: Set<String>

  init(_ known: [String], leftovers: Set<String> = []) {
    self.known = known
    self.leftovers = leftovers
  }

  func check(_ node: YAMLNode, into problems: inout [Problem]) {
    var warnings: [String] = []
    check(node, into: &problems, warnings: &warnings)
  }

  func check(_ node: YAMLNode, into problems: inout [Problem], warnings: inout [String]) {
    for entry in node.mapping ?? [] where !known.contains(entry.key) {
      if leftovers.contains(entry.key) {
        warnings.append("\(entry.keyMark): \(quoted(entry.key)) has no effect here")
      } else {
        problems.append(OptionReader.unknown(entry, among: known))
      }
    }
  }
}
