import PluginAPI

/// How many of something there may be.
struct Bounds: Sendable {
  let range: ClosedRange<Int>

  /// Reads `exactly`, or `at_least` and `at_most`; nil when none is there or they contradict.
  init?(_ reader: inout CheckReader, required: Bool = true) {
    let exactly = reader.count("exactly")
    let least = reader.count("at_least")
    let most = reader.count("at_most")
    if let exactly {
      if least != nil || most != nil {
        reader.report("exactly stands beside at_least or at_most", expected: "one or the other")
      }
      range = exactly...exactly
      return
    }
    if least == nil, most == nil {
      if required, reader.problems.isEmpty {
        reader.report("no count", expected: "'exactly', 'at_least' or 'at_most'")
      }
      return nil
    }
    guard least ?? 0 <= most ?? Int.max else {
      reader.report("at_least is above at_most")
      return nil
    }
    range = (least ?? 0)...(most ?? Int.max)
  }

  init(atLeast least: Int) { range = least...Int.max }

  init(_ range: ClosedRange<Int>) { self.range = range }
}

/// The response has so many words, sentences, bullets, lines, paragraphs or characters.
struct CountCheck: Check {
  let unit: Unit
  let bounds: Bounds

  func holds(for response: String) -> Bool { bounds.range.contains(unit.count(in: response)) }
}

extension CheckKind {
  static func count(_ unit: Unit) -> CheckKind {
    CheckKind(
      name: unit.rawValue,
      summary: "The response has `exactly`, `at_least` or `at_most` so many \(unit.rawValue)."
    ) { reader in
      Bounds(&reader).map { CountCheck(unit: unit, bounds: $0) }
    }
  }
}
