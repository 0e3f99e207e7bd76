import PluginAPI

extension JSON {
  /// The number; null for NaN and infinities, which JSON cannot write.
  static func finite(_ value: Double) -> JSON { value.isFinite ? .number(value) : .null }
}
