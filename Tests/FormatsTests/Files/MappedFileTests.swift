import Foundation
import Glibc
import Kernels
import Testing

@testable import Formats

struct MappedFileTests {
  @Test func refusesWhatIsNoFile() throws {
    let folder = try TemporaryFolder()
    #expect(message { _ = try MappedFile(path: folder.path) }.contains("is a directory"))
    #expect(message { _ = try MappedFile(path: "/dev/null") }.contains("no regular file"))
    let found = message { _ = try MappedFile(path: "\(folder.path)/none") }
    #expect(found.contains("cannot open the file: No such file"))
    let empty = try MappedFile(path: try folder.file("empty", ""))
    #expect(empty.withBytes { $0.isEmpty })
  }

  /// Another program cuts the file short between the check of its size and the read.
  @Test func endsWithAMessageWhenAFileShrinksUnderARead() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(74), observing: [\.standardErrorContent]
    ) {
      let path = "/tmp/formats-shrinks-\(getpid())"
      try writeAtomically(path: path, text: String(repeating: "x", count: 1 << 16))
      let file = try MappedFile(path: path)
      truncate(path, 0)
      unlink(path)
      file.withBytes { bytes in print(bytes[1 << 15]) }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("was cut short or its disk failed while it was being read"))
  }

  @Test func readsTextWithItsPlaceOfFault() throws {
    let folder = try TemporaryFolder()
    #expect(try readText(folder.file("a", "\u{FEFF}naïve")) == "naïve")
    let bad = try folder.file("b", [0x61, 0x0A, 0x62, 0xC3, 0x28])
    #expect(message { _ = try readText(bad) }.contains("b:2:2: the text is not UTF-8 (byte 3)"))
    #expect(message { _ = try readText(bad, limit: 3) }.contains("5 bytes; expected at most 3"))
  }
}

struct WeightTensorTests {
  @Test func roundsWideFloatsAndRefusesWholeNumbers() throws {
    let folder = try TemporaryFolder()
    let wide = Tensor(zeros: [2], dtype: .f64)
    wide.withBytes {
      UnsafeMutableRawBufferPointer(mutating: $0).storeBytes(
        of: 0.1, toByteOffset: 8, as: Double.self)
    }
    #expect(try asWeight(wide, named: "w", in: folder.path).floats() == [0, 0.1])
    let narrow = Tensor(zeros: [2], dtype: .bf16)
    #expect(try asWeight(narrow, named: "w", in: "p").dtype == .bf16)
    let found = message { _ = try asWeight(Tensor(zeros: [2], dtype: .i8), named: "w", in: "p") }
    #expect(found.contains("p: weight 'w' holds i8 numbers; expected floating point"))
  }
}
