internal import Kernels

/// Evaluated arguments of a call.
struct TemplateArguments {
  var positional: [TemplateValue] = []
  var keywords: [(name: String, value: TemplateValue)] = []

  /// The arguments by place of their parameter, nil where none was given. Fails on what does not
  /// fit, as Python does.
  func bound(to parameters: [String], of function: String) throws -> TemplateParameters {
    guard positional.count <= parameters.count else {
      throw TemplateFault(
        .type,
        "\(function)() takes at most \(parameters.count) arguments (\(positional.count) given)")
    }
    var values: [TemplateValue?] = positional + []
    values += Array(repeating: nil, count: parameters.count - positional.count)
    for (name, value) in keywords {
      guard let place = parameters.firstIndex(of: name) else {
        throw TemplateFault(
          .type, "\(function)() got an unexpected keyword argument \(quoted(name))")
      }
      guard values[place] == nil else {
        throw TemplateFault(.type, "\(function)() got multiple values for \(quoted(name))")
      }
      values[place] = value
    }
    return TemplateParameters(function: function, names: parameters, values: values)
  }
}

/// Arguments in the order of a function's parameters, with the conversions built-ins need.
struct TemplateParameters {
  let function: String
  let names: [String]
  let values: [TemplateValue?]

  subscript(index: Int) -> TemplateValue? { values[index] }

  func required(_ index: Int) throws -> TemplateValue {
    if let value = values[index] { return value }
    throw TemplateFault(
      .type, "\(function)() missing required argument \(quoted(names[index]))")
  }

  func text(_ index: Int) throws -> PythonText {
    let value = try required(index)
    if let text = value.text { return text }
    throw wrongType(value, at: index, wanted: "str")
  }

  func optionalText(_ index: Int) throws -> PythonText? {
    switch values[index] {
    case nil, TemplateValue.none?: nil
    default: try text(index)
    }
  }

  func int(_ index: Int, default fallback: Int) throws -> Int {
    guard let value = values[index] else { return fallback }
    return try integer(value, at: index)
  }

  func optionalInt(_ index: Int) throws -> Int? {
    switch values[index] {
    case nil, TemplateValue.none?: nil
    case let value?: try integer(value, at: index)
    }
  }

  func bool(_ index: Int, default fallback: Bool = false) -> Bool {
    values[index]?.isTruthy ?? fallback
  }

  private func integer(_ value: TemplateValue, at index: Int) throws -> Int {
    switch value {
    case .int(let int): return int
    case .bool(let bool): return bool ? 1 : 0
    case .undefined(let absence): throw absence.fault
    case .big: throw TemplateFault(.value, "\(function)(): integer out of range")
    default: throw wrongType(value, at: index, wanted: "int")
    }
  }

  private func wrongType(
    _ value: TemplateValue, at index: Int, wanted: String
  ) -> TemplateFault {
    if case .undefined(let absence) = value { return absence.fault }
    return TemplateFault(
      .type,
      "\(function)(): \(quoted(names[index])) must be \(wanted), not \(value.typeName)")
  }
}
