/// Where a row of a rebuilt tensor comes from.
public enum RowSource: Sendable, Equatable {
  /// The model's own row.
  case own(Int)
  /// A row of another member.
  case other(member: Int, row: Int)
  /// The mean of rows of several members.
  case mean([MemberRow])
  /// No model has the token, or the configuration says so.
  case zero
  /// No token has this id: the mean of the model's other rows.
  case padding
}

/// One row of one member's tensor.
public struct MemberRow: Sendable, Equatable {
  public var member: Int
  public var row: Int

  public init(member: Int, row: Int) {
    self.member = member
    self.row = row
  }
}

/// The rows of every input of one tensor on the output vocabulary.
///
/// Four bytes a row and member and eight a row for what fills the gaps, which is the same for all
/// members: 150,000 tokens and five models take 4 MB.
public struct VocabularyAlignment: Sendable {
  /// The members that the tensor is merged from.
  public let inputs: [Int]
  /// Rows of the output, padding included.
  public let rowCount: Int
  /// All members, for names and heights.
  public let members: [VocabularyMember]
  /// By member: its own row for each id below the token count, -1 for none.
  private let own: [[Int32]]
  private let fills: RowFills

  /// - Parameters:
  ///   - own: By member and id, its own row or -1.
  ///   - fills: What rows get that are not the model's own; as many as `own` has ids.
  init(
    inputs: [Int], rowCount: Int, members: [VocabularyMember], own: [[Int32]], fills: RowFills
  ) {
    self.inputs = inputs
    self.rowCount = rowCount
    self.members = members
    self.own = own
    self.fills = fills
  }

  /// Where row `row` of the rebuilt tensor of `member` comes from. O(1).
  public func source(of row: Int, in member: Int) -> RowSource {
    guard row < fills.count else { return .padding }
    let mine = own[member][row]
    if mine >= 0, !fills.isForced(row) { return .own(Int(mine)) }
    let fill = fills[row]
    if case .other(member, let row) = fill { return .own(row) }
    return fill
  }

  /// Whether `member` has the token with this id, whatever row it then gets.
  func hasOwnRow(_ id: Int, member: Int) -> Bool { id < fills.count && own[member][id] >= 0 }

  /// How many of the inputs have the token with this id.
  func owners(of id: Int) -> Int {
    inputs.count { hasOwnRow(id, member: $0) }
  }

  /// Whether the tensor of `member` has the rows of the output already.
  public func isIdentity(_ member: Int) -> Bool {
    guard members[member].rows == rowCount, fills.count == rowCount else { return false }
    return (0..<rowCount).allSatisfy { source(of: $0, in: member) == .own($0) }
  }
}

/// For each id of the output the row that models without the token get.
struct RowFills: Sendable {
  /// A member, or one of the codes below.
  private var members: [Int32]
  /// The member's row, or which of `means`.
  private var rows: [Int32]
  private var means: [[MemberRow]] = []
  private var forced: Set<Int> = []

  private static let zero: Int32 = -1
  private static let padding: Int32 = -2
  private static let mean: Int32 = -3

  /// All ids without a token.
  init(count: Int) {
    members = Array(repeating: Self.padding, count: count)
    rows = Array(repeating: 0, count: count)
  }

  var count: Int { members.count }

  func isForced(_ id: Int) -> Bool { !forced.isEmpty && forced.contains(id) }

  mutating func force(_ id: Int) { forced.insert(id) }

  /// Never `own`, which only a member has.
  subscript(id: Int) -> RowSource {
    get {
      switch members[id] {
      case Self.zero: .zero
      case Self.padding: .padding
      case Self.mean: .mean(means[Int(rows[id])])
      case let member: .other(member: Int(member), row: Int(rows[id]))
      }
    }
    set {
      switch newValue {
      case .zero: members[id] = Self.zero
      case .padding, .own: members[id] = Self.padding
      case .mean(let parts):
        members[id] = Self.mean
        rows[id] = Int32(truncatingIfNeeded: means.count)
        means.append(parts)
      case .other(let member, let row):
        members[id] = Int32(truncatingIfNeeded: member)
        rows[id] = Int32(truncatingIfNeeded: row)
      }
    }
  }
}
