internal import Glibc

/// A moment on the wall clock, without a time zone: what `strftime_now` prints.
public struct CalendarTime: Sendable, Equatable {
  public var year: Int
  /// 1...12.
  public var month: Int
  /// 1...31.
  public var day: Int
  public var hour: Int
  public var minute: Int
  public var second: Int

  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }

  /// The local time of `seconds` since 1970.
  public init(secondsSince1970 seconds: Int) {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    self.init(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
      hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec))
  }

  public static func now() -> CalendarTime { CalendarTime(secondsSince1970: time(nil)) }

  /// `2024-07-26`, `2024-07-26 09:05:03` or `2024-07-26T09:05:03.5Z`; fraction and zone are not
  /// looked at. Nil for anything else and for days that do not exist.
  public init?(iso8601 text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ 0x30...0x39 ~= $0 })
      else { return nil }
      return bytes[range].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      bytes[4] == 0x2D, bytes[7] == 0x2D
    else { return nil }
    self.init(year: year, month: month, day: day)
    if bytes.count > 10 {
      guard [0x20, 0x54].contains(bytes[10]), let hour = number(11..<13),
        let minute = number(14..<16), bytes[13] == 0x3A
      else { return nil }
      (self.hour, self.minute) = (hour, minute)
      second = bytes.count > 16 && bytes[16] == 0x3A ? number(17..<19) ?? 60 : 0
    }
    guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
      hour < 24, minute < 60, second < 60, year >= 1
    else { return nil }
  }

  static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  static func days(in month: Int, of year: Int) -> Int {
    [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// 1...366.
  var dayOfYear: Int { (1..<month).reduce(day) { $0 + Self.days(in: $1, of: year) } }

  /// 0 is Sunday.
  var dayOfWeek: Int {
    let past = year - 1
    return (past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear) % 7
  }
}

extension CalendarTime {
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// Python's `strftime` in the C locale.
  public func formatted(_ format: String) -> String {
    var text = ""
    var rest = format[...]
    while let first = rest.popFirst() {
      guard first == "%", let code = rest.popFirst() else {
        text.append(first)
        continue
      }
      if code == "-", let unpadded = rest.popFirst() {
        let digits = field(unpadded)
        let trimmed = digits.drop { $0 == "0" || $0 == " " }
        text += trimmed.isEmpty ? String(digits.suffix(1)) : String(trimmed)
      } else {
        text += field(code)
      }
    }
    return text
  }

  private func field(_ code: Character) -> String {
    switch code {
    case "Y": String(year)
    case "m": padded(month)
    case "d": padded(day)
    case "H": padded(hour)
    case "I": padded((hour + 11) % 12 + 1)
    case "M": padded(minute)
    case "S": padded(second)
    case "y": padded(year % 100)
    case "C": padded(year / 100)
    case "j": padded(dayOfYear, 3)
    case "e": padded(day, 2, " ")
    case "k": padded(hour, 2, " ")
    case "l": padded((hour + 11) % 12 + 1, 2, " ")
    case "p": hour < 12 ? "AM" : "PM"
    case "P": hour < 12 ? "am" : "pm"
    case "A": Self.weekdays[dayOfWeek]
    case "a": String(Self.weekdays[dayOfWeek].prefix(3))
    case "B": Self.months[month - 1]
    case "b", "h": String(Self.months[month - 1].prefix(3))
    case "f": "000000"
    case "n": "\n"
    case "t": "\t"
    case "%": "%"
    case "z", "Z": ""
    default: composed(code)
    }
  }

  private func composed(_ code: Character) -> String {
    switch code {
    case "F": formatted("%Y-%m-%d")
    case "T", "X": formatted("%H:%M:%S")
    case "D", "x": formatted("%m/%d/%y")
    case "R": formatted("%H:%M")
    case "r": formatted("%I:%M:%S %p")
    case "c": formatted("%a %b %e %H:%M:%S %Y")
    case "u": String(dayOfWeek == 0 ? 7 : dayOfWeek)
    case "w": String(dayOfWeek)
    case "U": padded((dayOfYear + 6 - dayOfWeek) / 7)
    case "W": padded((dayOfYear + 6 - (dayOfWeek + 6) % 7) / 7)
    case "V": padded(isoWeek.week)
    case "G": String(isoWeek.year)
    default: "%\(code)"
    }
  }

  /// Weeks start on Monday; the first one has the year's first Thursday.
  private var isoWeek: (year: Int, week: Int) {
    let weekday = (dayOfWeek + 6) % 7
    let week = (dayOfYear - weekday + 9) / 7
    if week < 1 {
      return (year - 1, CalendarTime(year: year - 1, month: 12, day: 31).isoWeek.week)
    }
    let daysInYear = Self.isLeap(year) ? 366 : 365
    return week == 53 && dayOfYear - weekday + 3 > daysInYear ? (year + 1, 1) : (year, week)
  }

  private func padded(_ value: Int, _ width: Int = 2, _ fill: String = "0") -> String {
    let digits = String(value)
    return String(repeating: fill, count: max(0, width - digits.count)) + digits
  }
}
