import PluginAPI

/// All letters are small, all are capitals, or every word begins with a capital.
struct CaseCheck: Check {
  enum Letters: String, CaseIterable, Sendable { case lower, upper, title }

  let letters: Letters

  func holds(for response: String) -> Bool {
    guard response.contains(where: \.isLetter) else { return false }
    switch letters {
    case .lower: return !response.contains(where: \.isUppercase)
    case .upper: return !response.contains(where: \.isLowercase)
    case .title: return textWords(response).allSatisfy { !($0.first?.isLowercase ?? false) }
    }
  }
}

/// There is no comma.
struct NoCommasCheck: Check {
  func holds(for response: String) -> Bool { !response.contains { ",،、，".contains($0) } }
}

extension CheckKind {
  static let letterCase = CheckKind(
    name: "case", summary: "`value`: lower, upper or title (each word begins with a capital)."
  ) { reader in
    reader.choice("value", of: CaseCheck.Letters.self).map(CaseCheck.init)
  }

  static let noCommas = CheckKind(name: "no_commas", summary: "There is no comma.") { _ in
    NoCommasCheck()
  }
}
