extension TemplateFilter {
  /// Filters on lists and dictionaries.
  static let items: [TemplateFilter] = [
    TemplateFilter("length") { value, _, _ in .int(try value.requiredLength()) },
    TemplateFilter("list") { value, _, _ in try .list(value.iterated()) },
    TemplateFilter("first") { value, _, _ in
      try value.iterated().first ?? .absent("No first item, sequence was empty.")
    },
    TemplateFilter("last") { value, _, _ in
      try reversible(value).last ?? .absent("No last item, sequence was empty.")
    },
    TemplateFilter("reverse") { value, _, _ in
      if let text = value.text { return .text(PythonText(scalars: text.scalars.reversed())) }
      let items = try value.iterated()
      if case .list(let list) = value, list.kind == .generator {
        return try .list(items.reversed())
      }
      return try .generator(items.reversed())
    },
    TemplateFilter("items") { value, _, _ in
      if case .undefined = value { return try .generator([]) }
      guard case .dict(let dict) = value else {
        throw TemplateFault(.type, "Can only get item pairs from a mapping.")
      }
      return try .generator(dict.pairs.map { try .tuple([$0.key, $0.value]) })
    },
    TemplateFilter("dictsort", ["case_sensitive", "by", "reverse"]) { value, given, evaluator in
      try sortedPairs(value, given, evaluator)
    },
    TemplateFilter("sort", ["reverse", "case_sensitive", "attribute"]) { value, given, evaluator in
      let items = try value.iterated()
      let paths = AttributePath.several(given[2])
      let keys = try items.map { item in
        try TemplateValue.list(
          paths.map { folded(try $0.value(of: item, evaluator), unless: given.bool(1)) })
      }
      return try .list(sorted(items, by: keys, isReversed: given.bool(0), evaluator))
    },
    TemplateFilter("unique", ["case_sensitive", "attribute"]) { value, given, evaluator in
      let path = AttributePath(given[1])
      var seen: Set<PythonKey> = []
      return try .generator(
        try value.iterated().filter {
          seen.insert(
            try PythonKey(folded(try path.value(of: $0, evaluator), unless: given.bool(0)))
          ).inserted
        })
    },
    TemplateFilter("min", ["case_sensitive", "attribute"]) { value, given, evaluator in
      try extreme(value, given, evaluator) { try TemplateValue.isLess($0, $1) }
    },
    TemplateFilter("max", ["case_sensitive", "attribute"]) { value, given, evaluator in
      try extreme(value, given, evaluator) { try TemplateValue.isLess($1, $0) }
    },
    TemplateFilter("sum", ["attribute", "start"]) { value, given, evaluator in
      let path = AttributePath(given[0])
      return try value.iterated().reduce(given[1] ?? .int(0)) {
        try evaluator.arithmetic(.add, $0, try path.value(of: $1, evaluator))
      }
    },
    TemplateFilter("join", ["d", "attribute"]) { value, given, evaluator in
      let path = AttributePath(given[1])
      let separator = try given[0]?.printed() ?? ""
      var text = PythonText("")
      for (index, item) in try value.iterated().enumerated() {
        if index > 0 { text.bytes += separator.bytes }
        let part = try path.value(of: item, evaluator).printed()
        try evaluator.budget.check(size: text.bytes.count + part.bytes.count)
        text.bytes += part.bytes
      }
      return .text(text)
    },
    TemplateFilter("batch", ["linecount", "fill_with"]) { value, given, evaluator in
      try batches(value, given, evaluator)
    },
    TemplateFilter("slice", ["slices", "fill_with"]) { value, given, evaluator in
      try slices(value, given, evaluator)
    },
    TemplateFilter("groupby", ["attribute", "default", "case_sensitive"]) {
      value, given, evaluator in
      try groups(value, given, evaluator)
    },
  ]

  // MARK: - Order

  /// Lower case for comparison, unless case counts.
  private static func folded(_ value: TemplateValue, unless isSensitive: Bool) -> TemplateValue {
    guard !isSensitive, let text = value.text else { return value }
    return .text(text.lowercased)
  }

  /// Stable, ascending by `keys`; descending keeps equal items in their order too.
  private static func sorted(
    _ items: [TemplateValue], by keys: [TemplateValue], isReversed: Bool,
    _ evaluator: TemplateEvaluator
  ) throws -> [TemplateValue] {
    try evaluator.budget.spend(8 * keys.reduce(0) { $0 + min($1.weight, 1 << 40) })
    let order = try items.indices.sorted { a, b in
      let (low, high) = isReversed ? (b, a) : (a, b)
      if try TemplateValue.isLess(keys[low], keys[high]) { return true }
      return try a < b && !TemplateValue.isLess(keys[high], keys[low])
    }
    return order.map { items[$0] }
  }

  private static func sortedPairs(
    _ value: TemplateValue, _ given: TemplateParameters, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    guard case .dict(let dict) = value else {
      throw TemplateFault(.type, "dictsort: a mapping is needed, not \(value.typeName)")
    }
    let by = try given.optionalText(1)?.string ?? "key"
    guard by == "key" || by == "value" else {
      throw TemplateFault(.value, "You can only sort by either \"key\" or \"value\"")
    }
    let keys = (by == "key" ? dict.keys : dict.values).map { folded($0, unless: given.bool(0)) }
    let pairs = try dict.pairs.map { try TemplateValue.tuple([$0.key, $0.value]) }
    return try .list(sorted(pairs, by: keys, isReversed: given.bool(2), evaluator))
  }

  private static func extreme(
    _ value: TemplateValue, _ given: TemplateParameters, _ evaluator: TemplateEvaluator,
    _ precedes: (TemplateValue, TemplateValue) throws -> Bool
  ) throws -> TemplateValue {
    let path = AttributePath(given[1])
    var best: (item: TemplateValue, key: TemplateValue)?
    for item in try value.iterated() {
      let key = folded(try path.value(of: item, evaluator), unless: given.bool(0))
      if let found = best, try !precedes(key, found.key) { continue }
      best = (item, key)
    }
    return best?.item ?? .absent("No aggregated item, sequence was empty.")
  }

  private static func reversible(_ value: TemplateValue) throws -> [TemplateValue] {
    if case .list(let list) = value, list.kind == .generator {
      throw TemplateFault(.type, "'generator' object is not reversible")
    }
    return try value.iterated()
  }

  // MARK: - Groups

  private static func batches(
    _ value: TemplateValue, _ given: TemplateParameters, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    _ = try given.required(0)
    let size = max(1, try given.int(0, default: 1))
    let items = try value.iterated()
    try evaluator.budget.charge(items.count * 16)
    var rows = stride(from: 0, to: items.count, by: size).map {
      Array(items[$0..<min(items.count - $0, size) + $0])
    }
    if let fill = given[1], !fill.isNone, let last = rows.last, last.count < size {
      try evaluator.budget.charge(16, times: size)
      rows[rows.count - 1] += Array(repeating: fill, count: size - last.count)
    }
    return try .generator(rows.map { try .list($0) })
  }

  private static func slices(
    _ value: TemplateValue, _ given: TemplateParameters, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    let items = try value.iterated()
    _ = try given.required(0)
    let count = try given.int(0, default: 1)
    guard count > 0, count <= TemplateGlobals.rangeLimit else {
      throw TemplateFault(.value, "slice: \(count) slices")
    }
    try evaluator.budget.charge(16, times: items.count + count)
    let (size, extra) = items.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    return try .generator(
      (0..<count).map { index in
        let end = start + size + (index < extra ? 1 : 0)
        defer { start = end }
        let fill = given[1].flatMap { $0.isNone || index < extra ? nil : $0 }
        return try .list(Array(items[start..<end]) + (fill.map { [$0] } ?? []))
      })
  }

  private static func groups(
    _ value: TemplateValue, _ given: TemplateParameters, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    let path = AttributePath(try given.required(0), default: given[1])
    let items = try value.iterated()
    let keys = try items.map { folded(try path.value(of: $0, evaluator), unless: given.bool(2)) }
    let order = try sorted(
      items.indices.map { .int($0) }, by: keys, isReversed: false, evaluator)
    var groups: [(key: TemplateValue, items: [TemplateValue])] = []
    for case .int(let index) in order {
      if let last = groups.last, try TemplateValue.areEqual(last.key, keys[index]) {
        groups[groups.count - 1].items.append(items[index])
      } else {
        groups.append((keys[index], [items[index]]))
      }
    }
    return try .list(
      groups.map { group in
        .object(
          TemplateGroup(
            key: try path.value(of: group.items[0], evaluator), items: try .list(group.items)))
      })
  }
}

extension TemplateValue {
  var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
