/// What became of every module.
public struct ExtractionReport: Sendable {
  public struct Module: Sendable, Equatable {
    public enum Treatment: String, Sendable { case pair, whole, omitted, leftOut = "left_out" }

    public let name: String
    public let treatment: Treatment
    /// Rank of the pair, 0 where there is none.
    public var rank = 0
    /// The rank that Δ could have: its smaller side; 0 where it was not decomposed.
    public var fullRank = 0
    /// ‖Δ‖ and ‖Δ − B·A‖ (Frobenius), nil where Δ was not decomposed.
    public var norm: Double?
    public var errorNorm: Double?

    /// ‖Δ − B·A‖ / ‖Δ‖; 0 where Δ is zero.
    public var relativeError: Double? {
      guard let norm, let errorNorm else { return nil }
      return norm > 0 ? errorNorm / norm : 0
    }
  }

  /// In the order of the model's files.
  public internal(set) var modules: [Module] = []
  public internal(set) var warnings: [String] = []
  /// The rank of the config: the largest of all pairs.
  public internal(set) var rank = 0
  /// Bytes of the adapter's tensors.
  public internal(set) var byteCount = 0

  /// √Σ‖Δ − B·A‖² / √Σ‖Δ‖² over all modules that were decomposed.
  public var relativeError: Double {
    func total(_ value: (Module) -> Double?) -> Double {
      modules.reduce(0) { sum, module in
        let norm = value(module) ?? 0
        return sum + norm * norm
      }
    }
    let whole = total(\.norm)
    return whole > 0 ? (total(\.errorNorm) / whole).squareRoot() : 0
  }

  public func count(_ treatment: Module.Treatment) -> Int {
    modules.count { $0.treatment == treatment }
  }

  public var json: JSON {
    let rows = modules.map { module -> JSON in
      var row: JSON = [
        "module": .string(module.name), "treatment": .string(module.treatment.rawValue),
      ]
      guard let norm = module.norm, let error = module.relativeError else { return row }
      row["rank"] = .int(Int64(module.rank))
      row["full_rank"] = .int(Int64(module.fullRank))
      row["delta_norm"] = .number(norm)
      row["relative_error"] = .number(error)
      return row
    }
    return [
      "rank": .int(Int64(rank)), "relative_error": .number(relativeError),
      "bytes": .int(Int64(byteCount)), "warnings": .array(warnings.map(JSON.string)),
      "modules": .array(rows),
    ]
  }
}
