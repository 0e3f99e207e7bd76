/// What pre-tokenizers ask of a character, as bits.
struct ScalarClass: OptionSet, Sendable {
  let rawValue: UInt8

  /// General category L*.
  static let letter = ScalarClass(rawValue: 1)
  /// N*: digits, letters and other numbers (`½`, `Ⅻ`, `²`).
  static let number = ScalarClass(rawValue: 2)
  /// Unicode's White_Space: U+0085, U+2028 and U+3000 are, U+200B and U+FEFF are not.
  static let space = ScalarClass(rawValue: 4)
  /// P*.
  static let punctuation = ScalarClass(rawValue: 8)
  /// S*.
  static let symbol = ScalarClass(rawValue: 16)
  /// M*.
  static let mark = ScalarClass(rawValue: 32)
  /// `\w` of regular expressions: alphabetic, marks, decimal digits, connectors, joiners.
  static let word = ScalarClass(rawValue: 64)
  /// Mn, what accents are.
  static let nonspacingMark = ScalarClass(rawValue: 128)

  /// The class of a scalar value.
  @inline(__always)
  static func of(_ value: UInt32) -> ScalarClass {
    value < tableSize
      ? ScalarClass(rawValue: table[Int(value)]) : computed(value)
  }

  private static let tableSize: UInt32 = 0x20000

  /// Classes of the first two planes, where nearly all text is.
  static let table: [UInt8] = (0..<tableSize).map { computed($0).rawValue }

  private static func computed(_ value: UInt32) -> ScalarClass {
    guard let scalar = Unicode.Scalar(value) else { return [] }
    let properties = scalar.properties
    var result: ScalarClass = properties.isWhitespace ? .space : []
    if properties.isAlphabetic || properties.isJoinControl { result.insert(.word) }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      result.insert(.letter)
    case .decimalNumber: result.formUnion([.number, .word])
    case .letterNumber, .otherNumber: result.insert(.number)
    case .nonspacingMark: result.formUnion([.mark, .word, .nonspacingMark])
    case .spacingMark, .enclosingMark: result.formUnion([.mark, .word])
    case .connectorPunctuation: result.formUnion([.punctuation, .word])
    case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      result.insert(.punctuation)
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: result.insert(.symbol)
    default: break
    }
    return result
  }
}
