/// A string as Python sees it: a row of Unicode scalars, compared scalar by scalar.
///
/// Swift's `String` compares by canonical equivalence ("é" equals "e" + accent), which Python does
/// not, so template text is kept as UTF-8 bytes. Their order is that of the code points.
struct PythonText: Hashable, Comparable, ExpressibleByStringLiteral {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ text: String) { self.bytes = Array(text.utf8) }
  init(stringLiteral text: String) { self.init(text) }
  init(_ slice: ArraySlice<UInt8>) { self.bytes = Array(slice) }

  init<S: Sequence>(scalars: S) where S.Element == Unicode.Scalar {
    bytes = []
    bytes.reserveCapacity(scalars.underestimatedCount)
    for scalar in scalars { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
  }

  func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }
  var isEmpty: Bool { bytes.isEmpty }
  var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }
  var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

  /// The number of code points.
  var count: Int { bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

  static func < (a: PythonText, b: PythonText) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }

  static func + (a: PythonText, b: PythonText) -> PythonText { PythonText(a.bytes + b.bytes) }
}

extension Unicode.Scalar {
  /// Python's `str.isspace`: bidirectional white space and separators, also `\s` in its regexes.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A: true
    case 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Python's line ends, as `str.splitlines` knows them.
  var isPythonLineEnd: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Whether `repr` shows the scalar itself instead of an escape.
  var isPythonPrintable: Bool {
    if self == " " { return true }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  var isPythonAlpha: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// Decimal digits and the digits of other notations, such as superscripts.
  var isPythonDigit: Bool {
    properties.numericType == .decimal || properties.numericType == .digit
  }

  var isPythonDecimal: Bool { properties.numericType == .decimal }
  var isPythonNumeric: Bool { properties.numericType != nil }
  var isPythonAlphanumeric: Bool { isPythonAlpha || isPythonNumeric }
}
