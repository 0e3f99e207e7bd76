internal import Formats
internal import Kernels
internal import Tokenizers

/// The listed tokens of a request, their rows found and checked.
struct TokenOverrides: Sendable {
  struct Entry: Sendable {
    /// `zero` or `other`; nil leaves it to the general rules.
    var row: RowSource?
    var isForced: Bool
    var place: String?
  }

  private var entries: [Int: Entry] = [:]
  /// Ids of the listed tokens in the order of the file.
  private var ids: [Int] = []

  /// - Parameter output: Has every listed token.
  /// - Throws: `Problem` (78) for a source that takes no part in the merge or lacks its token.
  init(
    _ request: VocabularyRequest, tokenizers: VocabularyTokenizers, output: Vocabulary
  ) throws(Problem) {
    for override in request.overrides {
      guard let id = output.id(override.token) else { continue }
      ids.append(Int(id))
      entries[Int(id)] = Entry(
        row: try Self.row(of: override, request, tokenizers), isForced: override.isForced,
        place: override.place)
    }
  }

  /// What is listed for the token with this id.
  subscript(id: Int) -> Entry? { entries[id] }

  /// Throws when a listed row is of a member that is none of `inputs`.
  func check(_ inputs: [Int], request: VocabularyRequest) throws(Problem) {
    for case let entry? in ids.map({ entries[$0] }) {
      guard case .other(let member, _) = entry.row, !inputs.contains(member) else { continue }
      throw Self.absent(member, at: entry.place, inputs: inputs, request)
    }
  }

  private static func row(
    of override: TokenOverride, _ request: VocabularyRequest, _ tokenizers: VocabularyTokenizers
  ) throws(Problem) -> RowSource? {
    guard case .model(let index, let name) = override.row else {
      return override.row == .zero ? .zero : nil
    }
    let member = request.members[index]
    guard member.takesPart else {
      throw absent(
        index, at: override.place,
        inputs: request.members.indices.filter { request.members[$0].takesPart }, request)
    }
    switch name {
    case .id(let id):
      guard (0..<member.rows).contains(id) else {
        throw Problem(
          .badConfiguration, at: override.place,
          "token_id \(id) of \(quoted(member.name))", expected: "0 to \(member.rows - 1)")
      }
      return .other(member: index, row: id)
    case .text(let text):
      let vocabulary = tokenizers[index].vocabulary
      guard let id = vocabulary.id(text) else {
        throw Problem(
          .badConfiguration, at: override.place,
          "\(quoted(member.name)), the source of token \(quoted(override.token)), has no token "
            + quoted(text),
          hint: nearest(text, in: vocabulary).map { "did you mean \(quoted($0))?" })
      }
      guard Int(id) < member.rows else {
        throw Problem(
          .badConfiguration, at: override.place,
          "token \(quoted(text)) of \(quoted(member.name)) has id \(id), but the model has "
            + "\(member.rows) rows")
      }
      return .other(member: index, row: Int(id))
    }
  }

  private static func absent(
    _ member: Int, at place: String?, inputs: [Int], _ request: VocabularyRequest
  ) -> Problem {
    Problem(
      .badConfiguration, at: place,
      "a token takes its row from \(quoted(request.members[member].name)), which takes no part "
        + "here",
      expected: "one of " + inputs.map { quoted(request.members[$0].name) }.joined(separator: ", "))
  }

  /// The token that `text` most likely means. Only tokens of about its length are compared: a
  /// vocabulary is large.
  private static func nearest(_ text: String, in vocabulary: Vocabulary) -> String? {
    let length = text.unicodeScalars.count
    let slack = max(1, length / 3)
    let candidates = (0..<Int32(truncatingIfNeeded: vocabulary.idCount)).compactMap { id in
      vocabulary.token(id).flatMap {
        abs($0.unicodeScalars.count - length) <= slack ? $0 : nil
      }
    }
    return closest(to: text, among: candidates)
  }
}
