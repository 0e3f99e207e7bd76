import PluginAPI

/// Languages whose interpreters are known by name.
enum Language: String, OptionChoice {
  case python, javascript, ruby, perl, lua, shell

  var command: [String] {
    switch self {
    case .python: ["python3", "{file}"]
    case .javascript: ["node", "{file}"]
    case .ruby: ["ruby", "{file}"]
    case .perl: ["perl", "{file}"]
    case .lua: ["lua", "{file}"]
    case .shell: ["sh", "{file}"]
    }
  }

  var fileExtension: String {
    switch self {
    case .python: "py"
    case .javascript: "js"
    case .ruby: "rb"
    case .perl: "pl"
    case .lua: "lua"
    case .shell: "sh"
    }
  }

  /// What fences call it.
  var fenceNames: [String] {
    switch self {
    case .python: ["python", "py", "python3"]
    case .javascript: ["javascript", "js", "node"]
    case .ruby: ["ruby", "rb"]
    case .perl: ["perl", "pl"]
    case .lua: ["lua"]
    case .shell: ["sh", "shell", "bash"]
    }
  }
}
