internal import Formats
internal import Kernels

extension ConfigReader {
  /// Which layers slide: `layer_types` where it is given, else `byDefault(index)`.
  func slidingLayers(count: Int, byDefault: (Int) -> Bool) -> [Bool] {
    guard let types = value("layer_types") else { return (0..<count).map(byDefault) }
    guard let names = types.array, names.count == count else {
      report(
        "layer_types", "has \(types.array?.count ?? 0) entries", expected: "\(count), one a layer")
      return Array(repeating: false, count: count)
    }
    return names.map { name in
      switch name.string {
      case "full_attention": return false
      case "sliding_attention": return true
      default:
        report(
          "layer_types", "holds \(quoted(name.string ?? name.serialized(), limit: 30))",
          expected: "full_attention or sliding_attention")
        return false
      }
    }
  }

  /// The window of sliding layers, nil where none slide.
  func window(for sliding: [Bool]) -> Int? {
    guard sliding.contains(true) else { return nil }
    if let window = optionalSize("sliding_window") { return window }
    report(
      "sliding_window", "is absent", expected: "a number, as layer_types has sliding_attention")
    return nil
  }
}

extension DecoderConfig {
  /// Gives the layers that slide their window.
  mutating func slide(_ sliding: [Bool], _ reader: ConfigReader) {
    let window = reader.window(for: sliding)
    for (index, slides) in sliding.enumerated() where slides { layers[index].window = window }
  }

  /// One window for all layers, where the config has one.
  mutating func slideEverywhere(_ reader: ConfigReader) {
    guard let window = reader.optionalSize("sliding_window") else { return }
    for index in layers.indices { layers[index].window = window }
  }
}
