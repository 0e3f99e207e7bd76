import PluginAPI

/// Turns every row of a JSON Lines file into a row of another, which appears when all are done.
/// `transform` gets the row and its place, `FILE:LINE`.
func mapLines(
  from input: String, to output: String, _ transform: (JSON, _ place: String) throws -> JSON
) throws {
  let file = try AtomicFile(path: output)
  for row in try JSONLines.read(path: input) {
    try file.write(transform(row.value, "\(input):\(row.line)").serialized() + "\n")
  }
  try file.commit()
}

/// Writes rows whole or not at all: an array for a file that ends in `.json`, which AlpacaEval reads;
/// else JSON Lines.
func writeRecords(_ rows: [JSON], to path: String) throws {
  let file = try AtomicFile(path: path)
  if path.hasSuffix(".json") {
    try file.write(JSON.array(rows).serialized(pretty: true) + "\n")
  } else {
    for row in rows { try file.write(row.serialized() + "\n") }
  }
  try file.commit()
}
