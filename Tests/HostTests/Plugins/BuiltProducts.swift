import Foundation

/// The folder of the running test executable, where the build puts host, core and plugins.
let productsFolder: String = {
  let executable =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return (executable as NSString).deletingLastPathComponent
}()

/// Paths of the plugins that the build made, by the folders of Plugins/.
func builtPlugins() throws -> [String] {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let folders = try FileManager.default.contentsOfDirectory(
    atPath: root.appendingPathComponent("Plugins").path)
  return folders.sorted().map { "\(productsFolder)/lib\($0).so" }
}
