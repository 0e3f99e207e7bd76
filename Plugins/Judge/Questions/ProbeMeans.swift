import PluginAPI
import Synchronization

/// Mean log-odds over the rows of a file, computed once.
final class ProbeMeans: Sendable {
  private let found: Mutex<[Double]?> = Mutex(nil)

  /// - Parameter measure: The means over the rows; called the first time.
  /// - Throws: `Problem` when the file holds no response, and what `measure` throws.
  func means(of path: String, _ measure: ([Completion]) throws -> [Double]) throws -> [Double] {
    try found.withLock { found in
      if let found { return found }
      let fresh = try measure(try Self.rows(path))
      found = fresh
      return fresh
    }
  }

  private static func rows(_ path: String) throws -> [Completion] {
    let rows = try JSONLines.read(path: path).map { line -> Completion in
      let place = "\(path):\(line.line)"
      guard let response = line.value["response"]?.string,
        let text = line.value["prompt"]?.string
      else {
        throw Problem(
          .badData, at: place, "the row has no 'prompt' and 'response'",
          expected: "{\"prompt\": \"…\", \"response\": \"…\"}")
      }
      let prompt = Prompt(
        id: place, messages: [Message(role: "user", content: text)],
        reference: line.value["reference"]?.string, place: place)
      return Completion(prompt: prompt, response: response)
    }
    guard !rows.isEmpty else {
      throw Problem(.badData, at: path, "no rows", expected: "responses to calibrate with")
    }
    return rows
  }
}
