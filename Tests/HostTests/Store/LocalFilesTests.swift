import Glibc
import Kernels
import Testing

@testable import Host

struct LocalFilesTests {
  private let files = LocalFiles()

  @Test func aFullDiskIsAnInputOutputError() throws {
    let descriptor = try files.open("/dev/full", .appending)
    defer { close(descriptor) }
    let problem = #expect(throws: Problem.self) {
      try files.write([1, 2, 3], to: descriptor, path: "/dev/full")
    }
    #expect(problem?.kind == .inputOutput)
    #expect(problem?.hint?.contains("free some space") == true)
  }

  @Test func replacesAFileWhole() throws {
    try withTemporaryFolder { folder in
      for text in ["first, longer", "second", ""] {
        try files.writeAtomically(text, to: folder + "/file")
        #expect(try LocalFiles.read(folder + "/file") == Array(text.utf8))
      }
      #expect(LocalFiles.names(in: folder) == ["file"])
    }
  }

  @Test func aMissingFolderCannotBeWrittenTo() throws {
    try withTemporaryFolder { folder in
      let problem = #expect(throws: Problem.self) {
        try files.writeAtomically("x", to: folder + "/none/file")
      }
      #expect(problem?.kind == .cannotWrite)
    }
  }

  @Test func makesAndRemovesFolders() throws {
    try withTemporaryFolder { folder in
      try files.makeDirectories(folder + "/a/b/c/")
      try files.makeDirectories(folder + "/a/b")
      try files.writeAtomically("x", to: folder + "/a/b/file")
      symlink("/etc", folder + "/a/link")
      try files.remove(folder + "/a")
      try files.remove(folder + "/a")
      #expect(LocalFiles.names(in: folder) == [])
      #expect(LocalFiles.isDirectory("/etc"), "links are removed, not followed")
      try files.writeAtomically("x", to: folder + "/file")
      #expect(throws: Problem.self) { try files.makeDirectories(folder + "/file/sub") }
    }
  }

  @Test(arguments: [
    ("a", "."), ("/a", "/"), ("/", "/"), ("a/b/", "a"), ("/a/b", "/a"), ("a//b", "a"), ("", "."),
  ])
  func findsTheParent(path: String, parent: String) {
    #expect(FilePath.parent(of: path) == parent)
  }
}
