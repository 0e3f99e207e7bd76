/// The numbers of a merge config that are to be found: wherever a parameter is written as
/// `{search: [LOW, HIGH]}`.
///
/// `start: X` says where the search begins (the middle), `groups: G` makes a gradient of G numbers
/// over the layers. All else is a merge config, and so is what any values turn it into.
public struct SearchSpace: Sendable {
  /// One searched number.
  public struct Coordinate: Sendable, Equatable {
    /// Where it stands: `models[0].parameters.weight`, and `…[2]` for one of a gradient.
    public var name: String
    public var bounds: ClosedRange<Double>
    public var start: Double
  }

  /// In the order of the file.
  public let coordinates: [Coordinate]
  /// Of the config.
  public let path: String
  private let root: YAMLNode

  /// A search over more takes more evaluations than anyone waits for.
  public static let mostCoordinates = 200

  /// Reads the config at `path`.
  ///
  /// - Throws: `Problem` when there is no such file, `Problems` (78) with every fault of what is
  ///   searched. The merge itself is checked when it is planned.
  public init(path: String) throws {
    try self.init(text: try readText(path), path: path)
  }

  public init(text: String, path: String) throws {
    self.path = path
    root = try YAML.parse(text, source: path)
    var finder = SearchFinder()
    finder.visit(root, name: "", isParameter: false, isListed: false)
    var problems = finder.problems
    coordinates = finder.coordinates
    if problems.isEmpty, coordinates.isEmpty {
      problems.append(
        Problem(
          .badConfiguration, at: root.place, "no number is searched",
          expected: "a parameter like 'weight: {search: [0, 1]}'"))
    }
    if let place = finder.placeOfExcess {
      problems.append(
        Problem(
          .badConfiguration, at: place, "\(coordinates.count) numbers are searched",
          expected: "at most \(Self.mostCoordinates)", hint: "use fewer groups"))
    }
    if !problems.isEmpty { throw Problems(problems) }
  }

  /// Where the search begins.
  public var start: [Double] { coordinates.map(\.start) }

  /// Values to shares of the width of their bounds, and back.
  public func unit(of values: [Double]) -> [Double] {
    zip(coordinates, values).map { coordinate, value in
      let bounds = coordinate.bounds
      return (value - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound)
    }
  }

  public func values(at unit: [Double]) -> [Double] {
    zip(coordinates, unit).map { coordinate, share in
      let bounds = coordinate.bounds
      let value = bounds.lowerBound + share * (bounds.upperBound - bounds.lowerBound)
      return min(max(value, bounds.lowerBound), bounds.upperBound)
    }
  }

  /// The config with `values`, one a coordinate; its places are those of the searched file.
  func tree(_ values: [Double]) -> YAMLNode {
    precondition(values.count == coordinates.count, "\(values.count) of \(coordinates.count)")
    var rest = values[...]
    return root.substituting(&rest)
  }

  /// The config with `values` as YAML. Models that are found only from the config's own folder are
  /// named by their full paths, so that the text may lie anywhere.
  public func config(_ values: [Double]) -> String {
    tree(values).withModelsFound(from: parentDirectory(of: path)).serialized()
  }
}

/// Walks a config and collects what is searched.
private struct SearchFinder {
  private(set) var coordinates: [SearchSpace.Coordinate] = []
  private(set) var problems: [Problem] = []
  /// Of the first search that makes them too many.
  private(set) var placeOfExcess: String?

  mutating func visit(_ node: YAMLNode, name: String, isParameter: Bool, isListed: Bool) {
    if node.isSearch {
      guard isParameter else {
        problems.append(
          Problem(
            .badConfiguration, at: node.place, "\(quoted(name)) is no parameter",
            expected: "{search: [LOW, HIGH]} for values under 'parameters' only"))
        return
      }
      return add(node, name: name, isListed: isListed)
    }
    switch node.content {
    case .scalar: break
    case .sequence(let nodes):
      for (index, part) in nodes.enumerated() {
        visit(part, name: "\(name)[\(index)]", isParameter: isParameter, isListed: true)
      }
    case .mapping(let entries):
      for entry in entries {
        visit(
          entry.value, name: name.isEmpty ? entry.key : "\(name).\(entry.key)",
          isParameter: isParameter || entry.key == "parameters", isListed: false)
      }
    }
  }

  private mutating func add(_ node: YAMLNode, name: String, isListed: Bool) {
    ConfigKeys(["search", "start", "groups"]).check(node, into: &problems)
    guard let bounds = bounds(node), let start = start(node, in: bounds),
      let groups = groups(node, isListed: isListed)
    else { return }
    for group in 0..<(groups ?? 1) {
      coordinates.append(
        SearchSpace.Coordinate(
          name: groups == nil ? name : "\(name)[\(group)]", bounds: bounds, start: start))
    }
    if coordinates.count > SearchSpace.mostCoordinates, placeOfExcess == nil {
      placeOfExcess = node.place
    }
  }

  private mutating func bounds(_ node: YAMLNode) -> ClosedRange<Double>? {
    guard let search = node["search"] else { return nil }
    let numbers = search.sequence?.compactMap(\.double) ?? []
    guard numbers.count == 2, search.sequence?.count == 2, numbers.allSatisfy(\.isFinite),
      numbers[0] < numbers[1], (numbers[1] - numbers[0]).isFinite
    else {
      problems.append(
        Problem(
          .badConfiguration, at: search.place,
          "'search': found \(search.flat)",
          expected: "[LOW, HIGH], two numbers that ascend"))
      return nil
    }
    return numbers[0]...numbers[1]
  }

  private mutating func start(_ node: YAMLNode, in bounds: ClosedRange<Double>) -> Double? {
    guard let start = node["start"], !start.isNull else {
      return bounds.lowerBound + 0.5 * (bounds.upperBound - bounds.lowerBound)
    }
    if let value = start.double, bounds.contains(value) { return value }
    problems.append(
      Problem(
        .badConfiguration, at: start.place, "'start': found \(start.found)",
        expected: "a number in \(bounds.lowerBound)...\(bounds.upperBound)"))
    return nil
  }

  /// nil inside where the value is a single number, nil outside for a fault.
  private mutating func groups(_ node: YAMLNode, isListed: Bool) -> Int?? {
    guard let groups = node["groups"], !groups.isNull else { return .some(nil) }
    let limit = SearchSpace.mostCoordinates
    guard !isListed else {
      problems.append(
        Problem(
          .badConfiguration, at: groups.place, "'groups' inside a list",
          expected: "{search: …, groups: \(groups.string ?? "G")} in place of the whole list"))
      return nil
    }
    guard let count = groups.int, (1...limit).contains(count) else {
      problems.append(
        Problem(
          .badConfiguration, at: groups.place, "'groups': found \(groups.found)",
          expected: "a whole number in 1...\(limit)"))
      return nil
    }
    return .some(count)
  }
}

extension YAMLNode {
  /// A mapping with `search`; one that holds a mapping is something else that has the name.
  fileprivate var isSearch: Bool {
    guard let search = self["search"] else { return false }
    return search.mapping == nil
  }

  /// On one line.
  fileprivate var flat: String {
    sequence.map { "[" + $0.map(\.flat).joined(separator: ", ") + "]" } ?? string ?? found
  }

  /// The tree with numbers from the front of `values` in place of searches, in their order.
  fileprivate func substituting(_ values: inout ArraySlice<Double>) -> YAMLNode {
    if isSearch {
      guard let groups = self["groups"]?.int else { return number(values.popFirst() ?? .nan) }
      let numbers = values.prefix(groups).map { number($0) }
      values = values.dropFirst(groups)
      return YAMLNode(.sequence(numbers), at: mark)
    }
    var copy = self
    switch content {
    case .scalar: break
    case .sequence(let nodes):
      copy.content = .sequence(nodes.map { $0.substituting(&values) })
    case .mapping(let entries):
      copy.content = .mapping(
        entries.map { entry in
          var entry = entry
          entry.value = entry.value.substituting(&values)
          return entry
        })
    }
    return copy
  }

  /// `1e-05` reads as a number only where YAML 1.2 is spoken, `1.0e-05` everywhere.
  private func number(_ value: Double) -> YAMLNode {
    var text = "\(value)"
    if let exponent = text.firstIndex(of: "e"), !text.contains(".") {
      text.insert(contentsOf: ".0", at: exponent)
    }
    return YAMLNode(.scalar(YAMLScalar(text)), at: mark)
  }
}
