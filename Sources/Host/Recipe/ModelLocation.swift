import Foundation
import PluginAPI

/// Where a model that somebody wrote as `text` lies: an endpoint as it is, else a path below the
/// context's folder when something is there, else a name in the Hugging Face cache, else the path.
func modelLocation(_ text: String, _ context: OptionContext) -> String {
  if text.hasPrefix("openai:") { return text }
  let path = context.resolve(text)
  if FileManager.default.fileExists(atPath: path) || !HubCache.isName(text) { return path }
  return (try? HubCache.snapshot(of: text)) ?? path
}

/// The folder of a file path, `.` when it names none.
func folderName(of path: String) -> String {
  let folder = (path as NSString).deletingLastPathComponent
  return folder.isEmpty ? "." : folder
}

/// The file's name without folder and extension.
func stem(of path: String) -> String {
  ((path as NSString).lastPathComponent as NSString).deletingPathExtension
}
