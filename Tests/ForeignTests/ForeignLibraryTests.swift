import Foundation
import Kernels
import TestSupport
import Testing

@testable import Foreign

@Suite(.enabled(if: Compiler.c.isThere, "there is no C compiler (cc)"))
struct ForeignLibraryTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func problem(_ body: () throws -> Void) -> Problem? {
    #expect(throws: Problem.self) { try body() }
  }

  private func library(_ source: String) throws -> String {
    try Compiler.c.library("my", source, in: folder.path)
  }

  @Test func namesWhatIsThereInsteadOfAMissingFunction() throws {
    let path = try library(
      "double my_reward(void) { return 1; } int table[3] = {1}; double lengthy(void) { return 2; }"
        + " static int hidden(void) { return 3; } int use(void) { return hidden(); }")
    let library = try ForeignLibrary(path: path)
    let signature = try ForeignSignature("f64()")
    func hint(_ name: String) -> String {
      problem { _ = try library.function(name, signature) }?.description ?? ""
    }
    #expect(hint("my_rewrad") == "\(path): has no function 'my_rewrad'; did you mean 'my_reward'?")
    #expect(hint("score").hasSuffix("it has 'lengthy', 'my_reward', 'use'"))
    #expect(hint("table").contains("'table' is a variable; expected a function"))
    #expect(hint("hidden").contains("has no function 'hidden'"))
  }

  @Test(.enabled(if: Compiler.cpp.isThere, "there is no g++"))
  func knowsMangledNames() throws {
    let path = try Compiler.cpp.library(
      "my", "double my_reward(const char *p) { return *p; }", in: folder.path)
    let library = try ForeignLibrary(path: path)
    let signature = try ForeignSignature("f64(cstr prompt)")
    let problem = problem { _ = try library.function("my_reward", signature) }
    #expect(problem?.hint == "it has '_Z9my_rewardPKc': declare the function extern \"C\"")
  }

  @Test func refusesWhatIsNoLibrary() throws {
    let text = try folder.file("libtext.so", Array("hello".utf8))
    #expect(problem { _ = try ForeignLibrary(path: text) }?.what == "is not an ELF shared library")
    let empty = try folder.file("libempty.so", [])
    #expect(problem { _ = try ForeignLibrary(path: empty) }?.kind == .badConfiguration)
    let path = try library("int f(void) { return 1; }")
    try Compiler.c.run(["-c", "-o", "\(folder.path)/my.o", "\(folder.path)/my.c"])
    let object = problem { _ = try ForeignLibrary(path: "\(folder.path)/my.o") }
    #expect(object?.what == "is an ELF file, but no shared library")
    #expect(
      problem { _ = try ForeignLibrary(path: folder.path) }?.what.contains("directory") == true)

    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[18] = 8
    let foreign = try folder.file("libmips.so", bytes)
    #expect(
      problem { _ = try ForeignLibrary(path: foreign) }?.what
        == "is built for another kind of machine")
  }

  /// A file cut anywhere, or with any byte of its header or section table changed, is refused or
  /// read; it never traps. Only read, not opened: a damaged library may do anything.
  @Test func survivesDamagedFiles() throws {
    let path = try library("int f(void) { return 1; }")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for count in stride(from: 0, to: bytes.count, by: 997) {
      let cut = try folder.file("cut.so", Array(bytes[..<count]))
      #expect(throws: Problem.self) { try LibrarySymbols(path: cut) }
    }
    let table = bytes.count - 2048
    for index in Array(0..<64) + Array(stride(from: table, to: bytes.count, by: 5)) {
      var changed = bytes
      changed[index] = 0xFF
      _ = try? LibrarySymbols(path: try folder.file("changed.so", changed))
    }
  }

  @Test func namesLibrariesNearAMissingOne() throws {
    _ = try library("int f(void) { return 1; }")
    let missing = problem { _ = try ForeignLibrary(path: "\(folder.path)/libmi.so") }
    #expect(missing?.kind == .missingInput)
    #expect(missing?.hint == "did you mean 'libmy.so'?")
    let far = problem { _ = try ForeignLibrary(path: "\(folder.path)/elsewhere.so") }
    #expect(far?.hint == "libraries there: libmy.so")
  }

  @Test func aBareNameIsAFileHere() {
    let problem = problem { _ = try ForeignLibrary(path: "libm.so.6") }
    #expect(problem?.place == "./libm.so.6", "the loader is never asked to look it up")
    #expect(problem?.kind == .missingInput)
  }

  @Test func whatALibraryLacksIsSaid() throws {
    let path = try library("double elsewhere(void); double f(void) { return elsewhere(); }")
    let problem = problem { _ = try ForeignLibrary(path: path) }
    #expect(problem?.what.contains("undefined symbol: elsewhere") == true)
    #expect(problem?.hint?.contains("ldd -r") == true)
  }

  @Test func refusesWhatEverybodyMayWrite() throws {
    let path = try library("int f(void) { return 1; }")
    chmod(path, 0o777)
    let file = problem { _ = try ForeignLibrary(path: path) }
    #expect(file?.hint == "chmod o-w \(path)")
    chmod(path, 0o755)
    chmod(folder.path, 0o777)
    let place = problem { _ = try ForeignLibrary(path: path) }
    #expect(place?.what == "everybody may write '\(folder.path)', so it is not opened")
    chmod(folder.path, 0o1777)
    #expect(throws: Never.self) { try ForeignLibrary(path: path) }
  }

  @Test func opensOnlyThePinnedBuild() throws {
    let path = try library("int f(void) { return 1; }")
    let hash = try ForeignLibrary(path: path).hash
    #expect(throws: Never.self) { try ForeignLibrary(path: path, pin: hash) }
    let other = String(repeating: "0", count: 64)
    let problem = problem { _ = try ForeignLibrary(path: path, pin: other) }
    #expect(problem?.what == "has SHA-256 \(hash), so it is not opened")
  }

  #if arch(x86_64)
    /// As libraries built with -ffast-math do when they are opened.
    @Test func keepsTheArithmeticOfThisProgram() throws {
      let path = try library(
        """
        #include <xmmintrin.h>
        __attribute__((constructor)) static void fast(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
        double again(void) { fast(); return 1; }
        """)
      let library = try ForeignLibrary(path: path)
      var smallest = Float.leastNormalMagnitude
      #expect(halved(&smallest) > 0, "numbers below the normal range are still computed with")
      let again = try library.function("again", ForeignSignature("f64()"))
      withUnchangedArithmetic { _ = again.call(ForeignFrame(for: again)) }
      #expect(halved(&smallest) > 0)
    }

    @inline(never) private func halved(_ value: inout Float) -> Float { value / 2 }
  #endif
}
