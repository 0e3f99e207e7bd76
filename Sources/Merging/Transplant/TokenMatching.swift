internal import PluginAPI

/// Which row of the model each token of the donor takes, for one matrix.
struct TokenMatching {
  enum Origin: Equatable {
    case shared(Int)
    case byBytes(Int)
    case byPrefix(Int)
    case approximated
    /// No token, no row of the donor to go by, or not worth having: zeros.
    case zero
  }

  /// For every id of the donor's vocabulary.
  private(set) var origins: [Origin] = []

  /// - Parameters:
  ///   - junk: Donor ids that become zeros unless they are shared.
  init(
    donor: Tokenizer, donorRows: Int, model: TokenIndex, junk: Set<Int> = [],
    allowsBytes: Bool, allowsPrefixes: Bool
  ) {
    let roles = Self.rolesByID(donor)
    for id in 0..<donor.vocabularySize {
      guard let key = TokenKey(id, of: donor) else {
        origins.append(.zero)
        continue
      }
      let sameRole = (roles[id] ?? []).compactMap { model.roles[$0] }.first
      if let row = sameRole ?? model.ids[key] {
        origins.append(.shared(row))
      } else if id >= donorRows || junk.contains(id) {
        origins.append(.zero)
      } else if allowsBytes, let row = model.byteMatch(key) {
        origins.append(.byBytes(row))
      } else if allowsPrefixes, roles[id] == nil, let row = model.prefixMatch(key) {
        origins.append(.byPrefix(row))
      } else {
        origins.append(.approximated)
      }
    }
  }

  /// A token may have several roles; this is the order in which they are asked.
  private static let roleOrder = [
    "bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token",
  ]

  private static func rolesByID(_ tokenizer: Tokenizer) -> [Int: [String]] {
    var roles: [Int: [String]] = [:]
    for role in roleOrder {
      guard let id = tokenizer.specialTokens[role].flatMap({ tokenizer.id(of: $0) }) else {
        continue
      }
      roles[Int(id), default: []].append(role)
    }
    return roles
  }

  /// Tokens of both, in the donor's order.
  var shared: [SharedToken] {
    origins.enumerated().compactMap { id, origin in
      if case .shared(let row) = origin { SharedToken(donor: id, model: row) } else { nil }
    }
  }

  /// Donor ids to approximate, ascending.
  var targets: [Int] { origins.indices.filter { origins[$0] == .approximated } }

  func counts(name: String) -> TransplantReport.Matrix {
    var counts = TransplantReport.Matrix(name: name)
    for origin in origins {
      switch origin {
      case .shared: counts.shared += 1
      case .byBytes: counts.byBytes += 1
      case .byPrefix: counts.byPrefix += 1
      case .approximated: counts.approximated += 1
      case .zero: counts.zero += 1
      }
    }
    return counts
  }
}

/// A token that both vocabularies have, by its row in either.
struct SharedToken: Equatable {
  let donor: Int
  let model: Int
}
