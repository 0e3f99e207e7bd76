internal import Formats
internal import Kernels

/// A file of the output's tokenizer.
public struct TokenizerFile: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case text(String)
    /// The bytes of the file at this path.
    case copy(String)
  }

  /// Its name in the folder of the model.
  public var name: String
  public var content: Content

  /// Writes the file into `directory`, whole or not at all.
  ///
  /// - Throws: `Problem`: 73 when the folder cannot be written, 66 when the original has gone.
  public func write(to directory: String) throws {
    try writeAtomically(path: "\(directory)/\(name)") { file in
      switch content {
      case .text(let text): try file.write(text)
      case .copy(let path):
        let original = try MappedFile(path: path)
        try original.withBytes { try file.write($0) }
      }
    }
  }

  /// What describes a tokenizer besides tokenizer.json and the template. Files of the slow
  /// tokenizers know nothing of tokens that are added, so only an untouched tokenizer keeps them.
  private static let slowFiles = [
    "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt", "added_tokens.json",
  ]
  private static let settingFiles = ["tokenizer_config.json", "special_tokens_map.json"]

  /// The tokenizer of `directory` as it is, for merges without a tokenizer section.
  ///
  /// - Parameter chatTemplate: Takes the place of the model's own; nil keeps that.
  /// - Throws: `Problem` (65) when a template is given and tokenizer_config.json is broken.
  /// - Returns: As many of the files as there are; none for a folder without a tokenizer.
  public static func copied(
    from directory: String, chatTemplate: String? = nil
  ) throws -> [TokenizerFile] {
    var files = (["tokenizer.json"] + slowFiles).compactMap { existing($0, in: directory) }
    files += try settings(in: directory, chatTemplate: chatTemplate, edit: nil)
    return files
  }

  /// The tokenizer with the tokens of `output`.
  static func merged(
    _ output: OutputVocabulary, removed: [String], chatTemplate: String?
  ) throws -> [TokenizerFile] {
    let directory = parentDirectory(of: output.start.source)
    guard output.isChanged else {
      return try copied(from: directory, chatTemplate: chatTemplate)
    }
    let json = TokenizerFile(
      name: "tokenizer.json", content: .text(output.json.serialized(pretty: true) + "\n"))
    let editor = TokenizerSettingsEditor(output, removed: removed)
    return try [json]
      + settings(in: directory, chatTemplate: chatTemplate) { editor.edit(&$0) }
  }

  /// The settings and the template, which lies in a file of its own.
  private static func settings(
    in directory: String, chatTemplate: String?, edit: ((inout JSON) -> Void)?
  ) throws -> [TokenizerFile] {
    var files: [TokenizerFile] = []
    for name in settingFiles {
      guard let file = existing(name, in: directory) else { continue }
      guard edit != nil || chatTemplate != nil else {
        files.append(file)
        continue
      }
      let original = try JSON.parse(file: "\(directory)/\(name)")
      var json = original
      edit?(&json)
      if chatTemplate != nil, json["chat_template"] != nil { json["chat_template"] = nil }
      files.append(
        json == original
          ? file
          : TokenizerFile(name: name, content: .text(json.serialized(pretty: true) + "\n")))
    }
    if let chatTemplate {
      files.append(TokenizerFile(name: "chat_template.jinja", content: .text(chatTemplate)))
    } else if let file = existing("chat_template.jinja", in: directory) {
      files.append(file)
    }
    return files
  }

  private static func existing(_ name: String, in directory: String) -> TokenizerFile? {
    let path = "\(directory)/\(name)"
    return fileExists(path) ? TokenizerFile(name: name, content: .copy(path)) : nil
  }
}
