import Foundation
import Glibc
import Kernels
import Testing

@testable import Formats

/// System calls of which the n-th fails.
final class FailingCalls: @unchecked Sendable {  // used by one test on one thread
  private var left: Int
  private(set) var failed = false

  init(failing call: Int) { left = call }

  private func passes() -> Bool {
    left -= 1
    if left == 0 {
      failed = true
      errno = ENOSPC
    }
    return left != 0
  }

  var calls: FileCalls {
    FileCalls(
      write: { self.passes() ? Glibc.write($0, $1, min($2, 1 << 19)) : -1 },
      sync: { self.passes() ? fsync($0) : -1 },
      rename: { self.passes() ? Glibc.rename($0, $1) : -1 })
  }
}

struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func keepsTheOldFileWhateverFails() throws {
    let path = try folder.file("f", "old")
    let new = [UInt8](repeating: 7, count: 3 << 20)
    var call = 1
    while true {
      let failing = FailingCalls(failing: call)
      let found = message {
        let file = try AtomicFile(path: path, calls: failing.calls)
        for part in 0..<3 { try file.write(Array(new[part << 20..<(part + 1) << 20])) }
        try file.commit()
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names == ["f"], "no temporary file stays")
      if !failing.failed { break }
      #expect(found.contains("No space left") && found.contains("free some space"))
      let content = try fileBytes(path)
      #expect(content == Array("old".utf8) || content == new, "half a file after call \(call)")
      call += 1
    }
    #expect(call > 7)
    #expect(try fileBytes(path) == new)
  }

  @Test func leavesNothingBehindWithoutCommit() throws {
    do { try AtomicFile(path: "\(folder.path)/x").write("abc") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func saysWhereItCannotWrite() throws {
    let found = message { _ = try AtomicFile(path: "\(folder.path)/none/x") }
    #expect(found.contains("make the folder"))
    #expect(
      message { try makeDirectories("\(try folder.file("f", ""))/sub") }.contains("cannot make"))
  }
}

struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func matchesTheStandard(text: String, digest: String) throws {
    #expect(SHA256.hex(of: text) == digest)
    let folder = try TemporaryFolder()
    #expect(try SHA256.hex(ofFile: try folder.file("f", text)) == digest)
  }

  /// Digests of 0, 1, … 199 bytes, chained: every length of the padding.
  @Test func matchesTheStandardAtEveryLength() {
    var chain = ""
    for count in 0..<200 {
      chain = SHA256.hex(of: chain + String(repeating: "x", count: count))
    }
    #expect(chain == "17e907d803d8884243414b4e18d18acd5f8eacdc3941a8585b8d96940a81509c")
  }
}
