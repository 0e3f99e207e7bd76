import Formats
import Kernels

/// Cuts the files of `MetricsWriter` back to what a resumed run keeps.
enum MetricsRepair {
  /// Keeps the lines for which `isKept(stage, step)` holds, byte for byte, and drops a last line that
  /// is half written. A file that needs no change is not touched.
  static func keep(
    in file: AppendedFile, where isKept: (String, Int) -> Bool
  ) throws(Problem) {
    let content = try file.content()
    var kept: [UInt8] = []
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      // What follows the last line break is a line whose writer died.
      if index == lines.count - 1 { break }
      let isLast = index == lines.count - 2 && lines[index + 1].isEmpty
      guard let (stage, step) = try position(line, of: file.path, number: index + 1, isLast: isLast)
      else { continue }
      if isKept(stage, step) { kept += line + [UInt8(ascii: "\n")] }
    }
    if kept != content { try file.replace(kept) }
  }

  /// Stage and step of a line; nil for a damaged last one.
  private static func position(
    _ line: ArraySlice<UInt8>, of path: String, number: Int, isLast: Bool
  ) throws(Problem) -> (stage: String, step: Int)? {
    let place = "\(path):\(number)"
    do throws(Problem) {
      let json = try JSON.parse(Array(line), source: place)
      guard let stage = json["stage"]?.string, let step = json["step"]?.int else {
        throw Problem(
          .badData, at: place, "the line has no stage and step",
          hint: "remove the line and resume again")
      }
      return (stage, step)
    } catch {
      if isLast { return nil }
      throw error
    }
  }

  /// Keeps the events of which `isKept(stage, step)` holds, and makes sure that the file begins with
  /// its version. A file that needs no change is not touched.
  static func keep(
    in file: AppendedFile, wallTime: Double, where isKept: (String, Int) -> Bool
  ) throws(Problem) {
    let content = try file.content()
    var events = EventFile.events(content).filter { event in
      guard let tag = event.scalars.first?.tag else { return event.fileVersion != nil }
      return isKept(String(tag.prefix { $0 != "/" }), event.step)
    }
    if events.first?.fileVersion == nil { events.insert(.header(wallTime: wallTime), at: 0) }
    let kept = events.flatMap(EventFile.frame)
    if kept != content { try file.replace(kept) }
  }
}
