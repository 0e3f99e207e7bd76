import Glibc

/// What the system says this process has used.
enum ProcessUsage {
  /// Of all threads, user and system.
  static var cpuSeconds: Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// The most memory the process has held at once (VmHWM); 0 where the system does not say.
  static var peakMemoryBytes: Int64 { status("VmHWM:") }

  /// Memory that belongs to no file, now: mapped files are left out.
  static var anonymousMemoryBytes: Int64 { status("RssAnon:") }

  private static func status(_ key: String) -> Int64 {
    guard let bytes = try? LocalFiles.read("/proc/self/status", limit: 1 << 16) else { return 0 }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == "\t" }
      if words.count >= 2, words[0] == key { return (Int64(words[1]) ?? 0) * 1024 }
    }
    return 0
  }

  /// Sizes of all files below `folder`; what links point at does not count.
  static func diskBytes(of folder: String) -> Int64 {
    LocalFiles.names(in: folder).reduce(0) { sum, name in
      let path = FilePath.join(folder, name)
      var status = stat()
      guard lstat(path, &status) == 0 else { return sum }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: return sum + diskBytes(of: path)
      case S_IFREG: return sum + Int64(status.st_size)
      default: return sum
      }
    }
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
  }
}
