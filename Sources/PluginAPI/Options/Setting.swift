/// An option with its default, its one-line documentation and its range.
///
///     struct Options: PluginOptions {
///       @Setting("Length that costs nothing, in tokens.") var target = 256
///       @Setting("Score lost per token past it.", in: 0...) var penalty: Float = 0.01
///     }
///
/// The recipe's key is the property's name in snake_case.
@propertyWrapper
public struct Setting<Value: OptionValue>: AnySetting {
  public var wrappedValue: Value {
    get { box.value }
    set { box = Box(newValue) }
  }

  let documentation: String
  let limit: Limit<Value>?
  private var box: Box<Value>

  public init(wrappedValue: Value, _ documentation: String) {
    self.documentation = documentation
    limit = nil
    box = Box(wrappedValue)
  }

  /// Values outside `range` are refused; `in: 1...`, `in: 0...1`, `in: 0..<1`.
  public init<Range: RangeExpression & Sendable>(
    wrappedValue: Value, _ documentation: String, in range: Range
  ) where Range.Bound == Value, Value: Comparable {
    self.documentation = documentation
    limit = Limit(text: rangeText(range)) { range.contains($0) }
    box = Box(wrappedValue)
  }

  /// Without a default: none.
  public init(_ documentation: String) where Value: ExpressibleByNilLiteral {
    self.init(wrappedValue: nil, documentation)
  }

  /// Without a default: none. A value that is given must lie in `range`.
  public init<Wrapped: Comparable, Range: RangeExpression & Sendable>(
    _ documentation: String, in range: Range
  ) where Range.Bound == Wrapped, Value == Wrapped? {
    self.documentation = documentation
    limit = Limit(text: rangeText(range)) { $0.map { range.contains($0) } ?? true }
    box = Box(nil)
  }

  func read(_ node: YAMLNode, key: String, into problems: inout [Problem], _ context: OptionContext)
  {
    do {
      let value = try Value.decode(node, context)
      if let limit, !limit.accepts(value) {
        throw Problem(
          .badConfiguration, at: node.place, "found \(value.optionText)",
          expected: "a value in \(limit.text)")
      }
      box.value = value
    } catch let several as Problems {
      problems += several.all
    } catch var problem as Problem {
      problem.what = "\(quoted(key)): \(problem.what)"
      problems.append(problem)
    } catch {
      problems.append(Problem(.badConfiguration, at: node.place, "\(quoted(key)): \(error)"))
    }
  }

  func describe(key: String) -> [OptionDescription] {
    [
      OptionDescription(
        key: key, type: Value.typeText, range: limit?.text, defaultText: wrappedValue.optionText,
        documentation: documentation, schema: Value.schema)
    ]
  }
}

/// Options inside a key of their own: `sft: {learning_rate: 7.0e-6}`.
@propertyWrapper
public struct Section<Value: PluginOptions>: AnySetting {
  public var wrappedValue: Value
  let documentation: String

  public init(wrappedValue: Value, _ documentation: String) {
    self.wrappedValue = wrappedValue
    self.documentation = documentation
  }

  func read(_ node: YAMLNode, key: String, into problems: inout [Problem], _ context: OptionContext)
  {
    OptionReader.fill(wrappedValue, from: node, into: &problems, context, path: key)
  }

  func describe(key: String) -> [OptionDescription] {
    OptionReader.describe(wrappedValue).map { inner in
      var outer = inner
      outer.key = "\(key).\(inner.key)"
      return outer
    }
  }
}

/// Options that several plugins share, read as if they were written here.
@propertyWrapper
public struct Shared<Value: PluginOptions>: AnyShared {
  public var wrappedValue: Value

  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

  var options: any PluginOptions { wrappedValue }
}

/// One option, as `crucible plugin info` shows it.
public struct OptionDescription: Sendable {
  /// As the recipe writes it, with dots into sections.
  public var key: String
  public var type: String
  public var range: String?
  public var defaultText: String
  public var documentation: String
  public var schema: JSON
}

/// What reflection finds in an options struct, whatever its value type.
protocol AnySetting: Sendable {
  func read(
    _ node: YAMLNode, key: String, into problems: inout [Problem], _ context: OptionContext)
  func describe(key: String) -> [OptionDescription]
}

/// A struct whose settings count as those of the struct around it.
protocol AnyShared: Sendable {
  var options: any PluginOptions { get }
}

/// Settings whose keys are known when the program runs.
protocol AnySettingGroup: Sendable {
  var settings: [(key: String, setting: any AnySetting)] { get }
}

struct Limit<Value>: Sendable {
  let text: String
  let accepts: @Sendable (Value) -> Bool
}

/// Where a setting keeps its value, so that a reader that found it by reflection can fill it.
///
/// Invariant behind `@unchecked Sendable`: `OptionReader` writes while it alone holds the options;
/// afterwards a setting is changed only by replacing its box.
private final class Box<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}

/// A range as Swift writes it, `0...1` or `1...`, with numbers as a recipe would write them.
private func rangeText<Range: RangeExpression>(_ range: Range) -> String {
  func text(_ bound: Range.Bound) -> String {
    (bound as? any OptionValue)?.optionText ?? "\(bound)"
  }
  switch range {
  case let range as ClosedRange<Range.Bound>:
    return "\(text(range.lowerBound))...\(text(range.upperBound))"
  case let range as Swift.Range<Range.Bound>:
    return "\(text(range.lowerBound))..<\(text(range.upperBound))"
  case let range as PartialRangeFrom<Range.Bound>: return "\(text(range.lowerBound))..."
  case let range as PartialRangeThrough<Range.Bound>: return "...\(text(range.upperBound))"
  case let range as PartialRangeUpTo<Range.Bound>: return "..<\(text(range.upperBound))"
  default: return "\(range)"
  }
}
