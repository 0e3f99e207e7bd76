/// Variables of a block; blocks that open no scope of their own (`if`) share their parent's.
final class TemplateScope {
  private var names: [String: TemplateValue]
  private let parent: TemplateScope?

  init(_ names: [String: TemplateValue] = [:], in parent: TemplateScope? = nil) {
    self.names = names
    self.parent = parent
  }

  subscript(name: String) -> TemplateValue? {
    get {
      var scope = self
      while true {
        if let value = scope.names[name] { return value }
        guard let parent = scope.parent else { return nil }
        scope = parent
      }
    }
    set { names[name] = newValue }
  }

  /// Lets go of everything: macros hold the scope they were made in, a circle otherwise.
  func clear() { names = [:] }
}
