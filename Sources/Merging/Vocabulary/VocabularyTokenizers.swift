internal import Formats
internal import Kernels

/// The tokenizers of all members, as far as they can be read.
struct VocabularyTokenizers: Sendable {
  /// The base's, without tokens beyond its vocab_size where the output starts from it.
  let base: MemberTokenizer
  /// Tokens that were taken out of the base's.
  let removed: [String]
  /// By member; nil where it could not be read, so that the base's stands in.
  let own: [MemberTokenizer?]
  let warnings: [String]

  /// - Throws: `Problem`: when the base's tokenizer, or the one that the output is to have, cannot
  ///   be read, and for any whose ids are broken.
  init(_ request: VocabularyRequest) throws(Problem) {
    let baseIndex = request.tokenizerBase
    let baseMember = request.members[baseIndex]
    let file = try Self.requiredFile(of: baseMember)
    let whole = try MemberTokenizer(json: file.json, source: file.source)
    var warnings: [String] = []
    var own: [MemberTokenizer?] = []
    if case .model = request.source {
      (base, removed) = (whole, [])
    } else {
      (base, removed) = try whole.cut(to: baseMember.vocabularySize)
    }
    for (index, member) in request.members.enumerated() {
      if index == baseIndex {
        own.append(base)
      } else {
        own.append(
          try Self.read(
            member, isRequired: request.source == .model(index), base: baseMember, &warnings))
      }
    }
    self.own = own
    self.warnings = warnings
  }

  /// The tokenizer of a member, its own or the base's.
  subscript(member: Int) -> MemberTokenizer { own[member] ?? base }

  private static func read(
    _ member: VocabularyMember, isRequired: Bool, base: VocabularyMember,
    _ warnings: inout [String]
  ) throws(Problem) -> MemberTokenizer? {
    let file: (json: JSON, source: String)
    if isRequired {
      file = try requiredFile(of: member)
    } else {
      do throws(Problem) {
        file = try MemberTokenizer.file(in: member.directory)
      } catch {
        warnings.append(
          "the tokenizer of \(member.name) cannot be read, so it is taken to have the tokenizer "
            + "of \(base.name) (\(error))")
        return nil
      }
    }
    return try MemberTokenizer(json: file.json, source: file.source)
  }

  private static func requiredFile(
    of member: VocabularyMember
  ) throws(Problem) -> (json: JSON, source: String) {
    do throws(Problem) {
      return try MemberTokenizer.file(in: member.directory)
    } catch {
      var problem = error
      problem.hint =
        "the merged tokenizer is made from this one; a tokenizer.json is written by "
        + "transformers' AutoTokenizer.from_pretrained(…).save_pretrained(…)"
      throw problem
    }
  }
}
