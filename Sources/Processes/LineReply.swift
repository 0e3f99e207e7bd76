internal import Formats
internal import Kernels

/// A line that a child wrote, read.
struct LineReply {
  let answer: LineAnswer
  /// The row it says it answers.
  let index: Int?

  /// A line that begins like an object but is none costs its row. Throws `Problem` (78) for
  /// anything else: the program uses its stdout for something besides answers.
  init(_ line: [UInt8], from name: String) throws(Problem) {
    guard let object = Self.object(line) else {
      guard Self.looksLikeObject(line) else { throw Self.stray(line, from: name) }
      answer = .failure("answered what is no JSON: \(Self.shown(line))")
      index = nil
      return
    }
    answer = .reply(object)
    guard let index = object["index"], !index.isNull else {
      self.index = nil
      return
    }
    guard let number = index.int else { throw Self.surplus(line, index: nil, from: name) }
    self.index = number
  }

  private static func object(_ line: [UInt8]) -> JSONObject? {
    let limits = JSONLimits(depth: 64, bytes: .max, values: 1 << 20)
    if let value = try? JSON.parse(line, source: "", limits: limits) { return value.object }
    guard let plain = withoutNaN(line) else { return nil }
    return (try? JSON.parse(plain, source: "", limits: limits))?.object
  }

  private static func looksLikeObject(_ line: [UInt8]) -> Bool {
    let start = line.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    return line[start...].first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "{")
  }

  /// `line` with null for NaN and Infinity outside strings, which Python and JavaScript programs
  /// write though JSON lacks them; nil when there are none.
  private static func withoutNaN(_ line: [UInt8]) -> [UInt8]? {
    let words = ["NaN", "-Infinity", "Infinity"].map { Array($0.utf8) }
    var plain: [UInt8] = []
    var (position, isText, hasFound) = (0, false, false)
    while position < line.count {
      let byte = line[position]
      if isText, byte == UInt8(ascii: "\\"), position + 1 < line.count {
        plain += line[position...position + 1]
        position += 2
        continue
      }
      if byte == UInt8(ascii: "\"") { isText.toggle() }
      if !isText, let word = words.first(where: { line[position...].starts(with: $0) }) {
        plain += Array("null".utf8)
        position += word.count
        hasFound = true
        continue
      }
      plain.append(byte)
      position += 1
    }
    return hasFound ? plain : nil
  }

  // MARK: - What is said of lines that are no answers

  static func stray(_ line: [UInt8], from name: String) -> Problem {
    Problem(
      .badConfiguration, at: name, "wrote on its stdout what is no answer: \(shown(line))",
      expected: #"one JSON object a line, as {"score": 0.5}"#,
      hint: "print everything else to stderr, in Python: print(..., file=sys.stderr)")
  }

  static func surplus(_ line: [UInt8], index: Int?, from name: String) -> Problem {
    let what =
      index.map { "answered row \($0), which it was not asked or has answered" }
      ?? "wrote an answer that answers no row"
    return Problem(
      .badConfiguration, at: name, "\(what): \(shown(line))",
      expected: "one answer a row; 'index', where an answer has it, is that of the row",
      hint: "print everything else to stderr")
  }

  private static func shown(_ line: [UInt8]) -> String {
    excerpt(String(decoding: line.prefix(2000), as: UTF8.self))
  }
}
