import PluginAPI

/// What a run ends with.
struct RunResults {
  let name: String
  let strategy: String
  let seed: UInt64
  let table: ResultsTable
  let modelPath: String
  let runPath: String

  /// For `results.json`: nothing in it depends on time or place, so equal runs write equal bytes.
  var json: JSON {
    table.json(details: [
      "name": .string(name), "strategy": .string(strategy), "seed": .string(String(seed)),
    ])
  }

  func print(asJSON: Bool) {
    if asJSON {
      var object = json
      object["model"] = .string(modelPath)
      object["run"] = .string(runPath)
      return Swift.print(object.serialized(pretty: true))
    }
    if !table.rows.isEmpty { table.table.show(asJSON: false) }
    Swift.print("model  \(modelPath)\nrun    \(runPath)")
  }
}
