/// What `AdapterExtraction` is asked for. The defaults are those of mergekit's extract-lora.
public struct ExtractionSettings: Sendable {
  /// How the singular directions are found.
  public enum Method: String, Sendable, CaseIterable {
    /// Randomised where a full decomposition would be slow, else exact.
    case auto
    case exact
    case randomised
  }

  /// The largest rank of a pair, ≥ 1.
  public var maxRank = 128
  /// Singular values up to this are dropped, ≥ 0.
  public var singularValueFloor = 0.0
  /// A pair needs no more directions than hold this share of ‖Δ‖², in (0, 1]; nil: no such limit.
  public var energyShare: Double?
  /// A = √S·Vᵀ and B = U·√S; else A = S·Vᵀ and B = U.
  public var distributesScale = true
  /// Embeddings and head become pairs too, instead of being saved whole.
  public var decomposesEmbeddings = false
  /// Modules to save whole: full names or last components.
  public var savedModules: [String] = []
  /// Regular expressions on module names; where there are any, only what one matches is extracted.
  public var include: [String] = []
  /// What one of these matches is left out; wins over `include`.
  public var exclude: [String] = []
  /// Leaves out what no pair can stand for (norms) instead of saving it whole.
  public var skipsUndecomposable = false
  /// Of the tensors written: f32, bf16 or f16; nil: as stored.
  public var dtype: DType?
  public var method = Method.auto
  /// Of the randomised decomposition.
  public var seed: UInt64 = 0

  public init() {}

  /// - Throws: `Problems` (64) with every value out of range and every pattern that does not
  ///   compile.
  func patterns() throws(Problems) -> (include: [TextPattern], exclude: [TextPattern]) {
    var problems: [Problem] = []
    func require(_ holds: Bool, _ what: String, _ expected: String) {
      if !holds { problems.append(Problem(.usage, what, expected: expected)) }
    }
    require((1...1 << 20).contains(maxRank), "the rank \(maxRank)", "1 to \(1 << 20)")
    require(
      singularValueFloor >= 0 && singularValueFloor.isFinite,
      "the floor of singular values \(singularValueFloor)", "a number from 0")
    if let share = energyShare {
      require(share > 0 && share <= 1, "the share of energy \(share)", "above 0, at most 1")
    }
    func compile(_ pattern: String) -> TextPattern? {
      do {
        return try TextPattern(pattern)
      } catch {
        problems.append(
          Problem(.usage, at: "regular expression \(quoted(pattern))", error.what))
        return nil
      }
    }
    let compiled = (include.compactMap(compile), exclude.compactMap(compile))
    if !problems.isEmpty { throw Problems(problems) }
    return compiled
  }
}
