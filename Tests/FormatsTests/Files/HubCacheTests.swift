import Formats
import Foundation
import Kernels
import Testing

struct HubCacheTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func findsItsRootAsTheHubDoes() {
    func root(_ set: [String: String]) -> String { HubCache.root { set[$0] } }
    #expect(root(["HF_HUB_CACHE": "/a", "HF_HOME": "/b"]) == "/a")
    #expect(root(["HF_HOME": "/b", "XDG_CACHE_HOME": "/c"]) == "/b/hub")
    #expect(root(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/huggingface/hub")
    #expect(root(["HOME": "/h", "HF_HOME": ""]) == "/h/.cache/huggingface/hub")
    #expect(root(["HOME": "/h", "HF_HOME": "~/x"]) == "/h/x/hub")
  }

  @Test func followsReferencesToSnapshots() throws {
    let model = "\(folder.path)/models--org--name"
    try makeDirectories("\(model)/snapshots/abc123")
    try makeDirectories("\(model)/refs")
    try writeAtomically(path: "\(model)/refs/main", text: "abc123\n")
    let environment: (String) -> String? = { [path = folder.path] in
      $0 == "HF_HUB_CACHE" ? path : nil
    }
    let wanted = "\(model)/snapshots/abc123"
    #expect(try HubCache.snapshot(of: "org/name", environment: environment) == wanted)
    #expect(try locateModel("org/name@abc123", environment: environment) == wanted)
    #expect(try locateModel(folder.path) == folder.path)
    for (name, expected) in [
      ("org/other", "hf download org/other"), ("org/name@v9", "no snapshot of revision 'v9'"),
      ("org/name@../../x", "is not the name of one"), ("org/..", "no such file or folder"),
      ("nowhere", "no such file or folder"),
    ] {
      let found = message { _ = try locateModel(name, environment: environment) }
      #expect(found.contains(expected), "\(found)")
    }
    try writeAtomically(path: "\(model)/refs/main", text: "../../../etc")
    #expect(
      message { _ = try locateModel("org/name", environment: environment) }.contains(
        "expected a commit"))
  }
}
