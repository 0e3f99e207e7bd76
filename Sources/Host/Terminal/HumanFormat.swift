/// Numbers as people read them. Every function is pure and free of locale.
enum HumanFormat {
  /// `bytes` with a binary unit and three significant digits: `0 B`, `1.50 KiB`, `23.4 MiB`.
  static func bytes(_ bytes: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(bytes.magnitude)
    var unit = 0
    while value >= 1023.5, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let sign = bytes < 0 ? "-" : ""
    return sign + (unit == 0 ? "\(bytes.magnitude)" : significant(value)) + " \(units[unit])"
  }

  /// `count` with commas between thousands: `1,234,567`.
  static func count(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// `count` with a decimal unit and three significant digits: `999`, `1.24k`, `135M`, `1.20G`.
  static func short(_ count: Double) -> String {
    let isSmallWhole = count.magnitude < 1000 && count == count.rounded()
    return isSmallWhole ? String(Int(count)) : scaled(count)
  }

  /// A rate with three significant digits: `0.50/s`, `5.00/s`, `1.24k/s`.
  static func rate(_ perSecond: Double) -> String { scaled(perSecond) + "/s" }

  private static func scaled(_ number: Double) -> String {
    guard number.isFinite else { return "\(number)" }
    let units = ["", "k", "M", "G", "T"]
    var value = number.magnitude
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return (number < 0 ? "-" : "") + significant(value) + units[unit]
  }

  /// `seconds` in at most two units: `850 ms`, `4.2 s`, `3m 05s`, `2h 07m`, `4d 03h`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "?" }
    if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
    if seconds < 59.95 { return fixed(seconds, 1) + " s" }
    let whole = Int(min(seconds.rounded(), 1e15))
    if whole < 3600 { return "\(whole / 60)m \(padded(whole % 60))s" }
    if whole < 86400 { return "\(whole / 3600)h \(padded(whole % 3600 / 60))m" }
    return "\(whole / 86400)d \(padded(whole % 86400 / 3600))h"
  }

  /// `value` with exactly `places` digits after the point (0...9), rounded half away from zero.
  static func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, value.magnitude < 1e9 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let units = Int64((value.magnitude * scale).rounded())
    let sign = value < 0 && units > 0 ? "-" : ""
    guard places > 0 else { return sign + String(units) }
    let fraction = String(units % Int64(scale))
    let zeros = String(repeating: "0", count: places - fraction.count)
    return sign + String(units / Int64(scale)) + "." + zeros + fraction
  }

  /// `value` in [0, 1000) with three significant digits.
  private static func significant(_ value: Double) -> String {
    if value >= 99.95 { return fixed(value, 0) }
    return fixed(value, value >= 9.995 ? 1 : 2)
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
