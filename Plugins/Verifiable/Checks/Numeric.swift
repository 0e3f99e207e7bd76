import PluginAPI

/// The final number of the response is the right one.
struct NumericCheck: Check {
  let value: Double
  /// Largest absolute difference that still counts as right.
  var tolerance = 1e-6

  func holds(for response: String) -> Bool {
    guard let found = finalNumber(in: response) else { return false }
    return abs(found - value) <= tolerance
  }
}

extension CheckKind {
  static let numeric = CheckKind(
    name: "numeric",
    summary: "The number after the last ####, else the last number, is `value` (± `tolerance`)."
  ) { reader in
    let value = reader.requiredNumber("value")
    let tolerance = reader.number("tolerance", default: 1e-6)
    return value.map { NumericCheck(value: $0, tolerance: tolerance) }
  }
}
