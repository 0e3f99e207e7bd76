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
