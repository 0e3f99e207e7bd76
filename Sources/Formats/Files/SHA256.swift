internal import CKernels
internal import Glibc
public import Kernels

/// SHA-256, with the processor's instructions where it has them.
public enum SHA256 {
  /// The digest of a text's UTF-8 bytes: 64 hexadecimal digits, lower case.
  public static func hex(of text: String) -> String { hex(of: Array(text.utf8)) }

  public static func hex(of bytes: [UInt8]) -> String {
    var hash = ck_sha256()
    ck_sha256_begin(&hash)
    bytes.withUnsafeBytes { add($0, to: &hash) }
    return finished(&hash)
  }

  /// The digest of the file at `path`, read in pieces.
  ///
  /// - Throws: `Problem`: 66 when it is missing, 65 when it is no file, 74 when reading fails.
  public static func hex(ofFile path: String) throws(Problem) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw readProblem("open the file", path) }
    defer { close(descriptor) }
    _ = try regularSize(descriptor, path)
    var hash = ck_sha256()
    ck_sha256_begin(&hash)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw readProblem("read", path) }
      if count == 0 { return finished(&hash) }
      add(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: &hash)
    }
  }

  private static func add(_ bytes: UnsafeRawBufferPointer, to hash: inout ck_sha256) {
    if let base = bytes.baseAddress { ck_sha256_add(&hash, base, bytes.count) }
  }

  private static func finished(_ hash: inout ck_sha256) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    ck_sha256_end(&hash, &digest)
    let digits = Array("0123456789abcdef".utf8)
    let hex = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: hex, as: UTF8.self)
  }
}
