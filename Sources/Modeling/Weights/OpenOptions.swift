/// What to do about weights that are odd but readable.
public struct OpenOptions: Sendable {
  public enum NonFinite: Sendable {
    /// Refuse weights that hold NaN or infinities. Reads every weight once.
    case error
    /// Name them as a warning of the model.
    case warn
    /// Do not look.
    case ignore
  }

  /// Which output head counts when a config says tied and the weights hold another head.
  public enum Head: Sendable {
    /// Refuse and explain.
    case ask
    case embedding
    case stored
  }

  public var nonFinite = NonFinite.error
  public var contradictingHead = Head.ask

  public init(nonFinite: NonFinite = .error, contradictingHead: Head = .ask) {
    self.nonFinite = nonFinite
    self.contradictingHead = contradictingHead
  }
}
