/// A model as a recipe or a command line names it, before anything is opened.
public struct ModelReference: Sendable, Equatable {
  /// An HF directory, a .gguf file, a cache name `org/name`, an endpoint; resolved against the
  /// recipe's folder where it is a relative path.
  public var location: String
  /// What tables and logs call it.
  public var name: String
  /// The adapter to use; nil asks every adapter in turn.
  public var adapter: String?
  /// Where the reference was written (`FILE:LINE:COLUMN`), for messages.
  public var place: String?
  /// The mapping it was written as, with the adapter's own options.
  public var options: YAMLNode?
  /// Folder that relative paths in `options` start from.
  public var folder: String

  public init(
    location: String, name: String, adapter: String? = nil, place: String? = nil,
    options: YAMLNode? = nil, folder: String = "."
  ) {
    self.location = location
    self.name = name
    self.adapter = adapter
    self.place = place
    self.options = options
    self.folder = folder
  }
}
