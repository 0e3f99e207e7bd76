public import PluginAPI

/// Where the rows of a transplanted model came from.
public struct TransplantReport: Sendable, Equatable {
  /// One vocabulary-indexed matrix.
  public struct Matrix: Sendable, Equatable {
    /// Its tensor in the new model.
    public var name: String
    /// Tokens both vocabularies have.
    public var shared = 0
    /// Tokens matched to a byte token or a character.
    public var byBytes = 0
    /// Tokens matched to their longest beginning.
    public var byPrefix = 0
    public var approximated = 0
    /// Ids without a token or a donor row, and badly trained tokens: zeros.
    public var zero = 0
  }

  public var matrices: [Matrix]
  /// Rows of each.
  public var rows: Int
  /// Oddities, one line each.
  public var warnings: [String]

  public var json: JSON {
    [
      "rows": .int(Int64(rows)),
      "matrices": .array(
        matrices.map {
          [
            "tensor": .string($0.name), "shared": .int(Int64($0.shared)),
            "matched_by_bytes": .int(Int64($0.byBytes)),
            "matched_by_prefix": .int(Int64($0.byPrefix)),
            "approximated": .int(Int64($0.approximated)), "zero": .int(Int64($0.zero)),
          ]
        }),
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }
}
