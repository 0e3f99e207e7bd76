@testable import Merging

/// The config that `text` writes.
func mergeConfig(_ text: String) throws -> MergeConfig {
  try MergeConfig(text: text, path: "merge.yml")
}

/// Everything that is wrong with `text`; empty when nothing is.
func faults(_ text: String) -> [Problem] {
  do {
    _ = try mergeConfig(text)
    return []
  } catch let problems as Problems {
    return problems.all
  } catch let problem as Problem {
    return [problem]
  } catch {
    return [Problem(.failed, "\(error)")]
  }
}

/// The only document of a linear merge of `a` with the lines `more`.
func document(_ more: String = "") throws -> MergeDocument {
  let config = try mergeConfig("merge_method: linear\nmodels: [{model: a}]\n\(more)\n")
  return config.documents[0]
}

/// The value of a parameter, written as `text`, for a tensor.
func setting(_ text: String, _ name: String, at t: Double) throws -> YAMLNode? {
  try document("parameters:\n  p: \(text)").parameters["p"]?.value(for: name, at: t)
}
