/// Case, trimming and padding, the Python way: full Unicode mappings, code points as the unit.
extension PythonText {
  var uppercased: PythonText {
    if isASCII { return PythonText(bytes.map { 97...122 ~= $0 ? $0 - 32 : $0 }) }
    return PythonText(scalars.map(\.properties.uppercaseMapping).joined())
  }

  var lowercased: PythonText {
    if isASCII { return PythonText(bytes.map { 65...90 ~= $0 ? $0 + 32 : $0 }) }
    return PythonText(Self.lowercased(scalars[...]))
  }

  /// Lower case of a slice; a capital sigma at the end of a word becomes the final form.
  private static func lowercased(_ all: ArraySlice<Unicode.Scalar>) -> String {
    var text = ""
    for index in all.indices {
      let scalar = all[index]
      guard scalar.value == 0x3A3 else {
        text += scalar.properties.lowercaseMapping
        continue
      }
      let before = all[..<index].last { !$0.properties.isCaseIgnorable }
      let after = all[(index + 1)...].first { !$0.properties.isCaseIgnorable }
      let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
      text += isFinal ? "\u{3C2}" : "\u{3C3}"
    }
    return text
  }

  /// First character in title case, the rest in lower case.
  var capitalized: PythonText {
    let all = scalars
    guard let first = all.first else { return self }
    return PythonText(first.properties.titlecaseMapping + Self.lowercased(all[1...]))
  }

  /// The method `title`: every run of letters, so that an apostrophe starts a new word.
  var titleCased: PythonText {
    var text = ""
    var followsCased = false
    let all = scalars
    for (index, scalar) in all.enumerated() {
      text +=
        followsCased
        ? Self.lowercased(at: index, of: all) : scalar.properties.titlecaseMapping
      followsCased = scalar.properties.isCased
    }
    return PythonText(text)
  }

  private static func lowercased(at index: Int, of all: [Unicode.Scalar]) -> String {
    guard all[index].value == 0x3A3 else { return all[index].properties.lowercaseMapping }
    let after = all[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return after?.properties.isCased == true ? "\u{3C3}" : "\u{3C2}"
  }

  /// The filter `title`: words are what stands between spaces, hyphens and opening brackets.
  var titleWords: PythonText {
    var text = ""
    var word: [Unicode.Scalar] = []
    func flush() {
      guard let first = word.first else { return }
      text += first.properties.uppercaseMapping + Self.lowercased(word[1...])
      word = []
    }
    for scalar in scalars {
      if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
        flush()
        text.unicodeScalars.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    flush()
    return PythonText(text)
  }

  var swappingCase: PythonText {
    PythonText(
      scalars.map {
        $0.properties.isUppercase
          ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping
      }.joined())
  }

  /// `islower` (`wantsLower`) or `isupper`: some cased character and none of the other case.
  func isCased(lower wantsLower: Bool) -> Bool {
    var found = false
    for scalar in scalars {
      let isUpper =
        scalar.properties.isUppercase
        || scalar.properties.generalCategory == .titlecaseLetter
      if wantsLower ? isUpper : scalar.properties.isLowercase { return false }
      if wantsLower ? scalar.properties.isLowercase : scalar.properties.isUppercase {
        found = true
      }
    }
    return found
  }

  /// `istitle`: upper case only where a word starts, lower case only inside words.
  var isTitleCased: Bool {
    var followsCased = false
    var found = false
    for scalar in scalars {
      let isUpper =
        scalar.properties.isUppercase
        || scalar.properties.generalCategory == .titlecaseLetter
      if isUpper ? followsCased : scalar.properties.isLowercase && !followsCased { return false }
      followsCased = isUpper || scalar.properties.isLowercase
      found = found || followsCased
    }
    return found
  }

  /// `strip`, `lstrip`, `rstrip`; `characters` nil strips white space.
  func stripped(
    _ characters: PythonText? = nil, left: Bool = true, right: Bool = true
  ) -> PythonText {
    let all = scalars
    let unwanted = characters.map { Set($0.scalars) }
    func drops(_ scalar: Unicode.Scalar) -> Bool {
      unwanted?.contains(scalar) ?? scalar.isPythonSpace
    }
    var start = 0
    var end = all.count
    while left, start < end, drops(all[start]) { start += 1 }
    while right, end > start, drops(all[end - 1]) { end -= 1 }
    return start == 0 && end == all.count ? self : PythonText(scalars: all[start..<end])
  }

  /// Padding of `count` copies of `fill` on both sides as `str.center` shares it out.
  func centred(in width: Int, fill: PythonText = " ") -> PythonText {
    let count = count
    guard width > count else { return self }
    let margin = width - count
    let left = margin / 2 + (margin & width & 1)
    return fill.repeated(left) + self + fill.repeated(margin - left)
  }

  func repeated(_ times: Int) -> PythonText {
    times <= 0 ? "" : PythonText(Array(repeatElement(bytes, count: times).joined()))
  }
}
