internal import Glibc

/// Bool, int and float in arithmetic: Python's rules for mixing them.
enum TemplateNumber {
  case int(Int)
  case big(BigInteger)
  case float(Double)

  init?(_ value: TemplateValue) {
    switch value {
    case .bool(let bool): self = .int(bool ? 1 : 0)
    case .int(let int): self = .int(int)
    case .big(let big): self = .big(big)
    case .float(let float): self = .float(float)
    default: return nil
    }
  }

  var value: TemplateValue {
    switch self {
    case .int(let int): .int(int)
    case .big(let big): .integer(big)
    case .float(let float): .float(float)
    }
  }

  var double: Double {
    switch self {
    case .int(let int): Double(int)
    case .big(let big): big.double
    case .float(let float): float
    }
  }

  /// The integer, nil for a float.
  var integer: BigInteger? {
    switch self {
    case .int(let int): BigInteger(int)
    case .big(let big): big
    case .float: nil
    }
  }

  static func == (a: TemplateNumber, b: TemplateNumber) -> Bool {
    switch (a, b) {
    case (.int(let a), .int(let b)): return a == b
    case (.float(let a), .float(let b)): return a == b
    default: return !(a < b) && !(b < a) && !a.double.isNaN && !b.double.isNaN
    }
  }

  /// Exact also between an integer and a float.
  static func < (a: TemplateNumber, b: TemplateNumber) -> Bool {
    if case (.int(let a), .int(let b)) = (a, b) { return a < b }
    if let a = a.integer, let b = b.integer { return a < b }
    if case .float(let y) = b, let x = a.integer, let whole = BigInteger(y.rounded(.down)) {
      return x == whole ? y > y.rounded(.down) : x < whole
    }
    if case .float(let x) = a, let y = b.integer, let whole = BigInteger(x.rounded(.down)) {
      return whole < y
    }
    return a.double < b.double
  }
}

/// Arithmetic operators of expressions.
enum ArithmeticOperator: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

extension TemplateNumber {
  func combined(_ operation: ArithmeticOperator, _ other: TemplateNumber) throws -> TemplateNumber {
    if operation == .divide { return try divided(by: other) }
    if let a = integer, let b = other.integer {
      if case (.int(let x), .int(let y)) = (self, other),
        let result = Self.quick(operation, x, y)
      {
        return .int(result)
      }
      return try Self.exact(operation, a, b)
    }
    return .float(try Self.floating(operation, double, other.double))
  }

  /// Sums and products that stay in 64 bits.
  private static func quick(_ operation: ArithmeticOperator, _ a: Int, _ b: Int) -> Int? {
    let (value, overflow) =
      switch operation {
      case .add: a.addingReportingOverflow(b)
      case .subtract: a.subtractingReportingOverflow(b)
      case .multiply: a.multipliedReportingOverflow(by: b)
      default: (0, true)
      }
    return overflow ? nil : value
  }

  private static func exact(
    _ operation: ArithmeticOperator, _ a: BigInteger, _ b: BigInteger
  ) throws -> TemplateNumber {
    switch operation {
    case .add: return .reduced(try checked(a + b))
    case .subtract: return .reduced(try checked(a + -b))
    case .multiply: return .reduced(try checked(a * b))
    case .floorDivide, .modulo:
      guard !b.isZero else {
        throw TemplateFault(.value, "integer division or modulo by zero")
      }
      let (quotient, remainder) = a.floorDivided(by: b)
      return .reduced(operation == .modulo ? remainder : quotient)
    case .power: return try power(a, b)
    case .divide: return .float(a.double / b.double)
    }
  }

  private static func reduced(_ big: BigInteger) -> TemplateNumber {
    big.small.map { .int($0) } ?? .big(big)
  }

  private static func checked(_ big: BigInteger) throws -> BigInteger {
    guard big.bitWidth <= BigInteger.limit else {
      throw TemplateFault(.limit, "integer of more than \(BigInteger.limit) bits")
    }
    return big
  }

  private static func power(_ base: BigInteger, _ exponent: BigInteger) throws -> TemplateNumber {
    if exponent.isNegative { return .float(try floating(.power, base.double, exponent.double)) }
    if base.bitWidth <= 1 {
      let isOdd = exponent.limbs.first.map { $0 & 1 == 1 } ?? false
      if exponent.isZero { return .int(1) }
      return .reduced(isOdd || !base.isNegative ? base : -base)
    }
    guard let times = exponent.small, times <= BigInteger.limit else {
      throw TemplateFault(.limit, "integer of more than \(BigInteger.limit) bits")
    }
    guard (base.bitWidth - 1) * times <= BigInteger.limit else {
      throw TemplateFault(.limit, "integer of more than \(BigInteger.limit) bits")
    }
    var result = BigInteger(1)
    for bit in (0..<(Int.bitWidth - times.leadingZeroBitCount)).reversed() {
      result = result * result
      if times >> bit & 1 == 1 { result = try checked(result * base) }
    }
    return .reduced(try checked(result))
  }

  private func divided(by other: TemplateNumber) throws -> TemplateNumber {
    guard other.double != 0 else {
      let isFloat = integer == nil || other.integer == nil
      throw TemplateFault(.value, isFloat ? "float division by zero" : "division by zero")
    }
    return .float(double / other.double)
  }

  private static func floating(
    _ operation: ArithmeticOperator, _ a: Double, _ b: Double
  ) throws -> Double {
    switch operation {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide: return a / b
    case .floorDivide, .modulo:
      guard b != 0 else { throw TemplateFault(.value, "float floor division by zero") }
      let rest = remainder(a, b)
      return operation == .modulo ? rest : floorQuotient(a, b, rest)
    case .power:
      guard a != 0 || b >= 0 else {
        throw TemplateFault(.value, "0.0 cannot be raised to a negative power")
      }
      let result = pow(a, b)
      guard !(result.isInfinite && a.isFinite && b.isFinite) else {
        throw TemplateFault(.value, "(34, 'Numerical result out of range')")
      }
      guard !(result.isNaN && !a.isNaN && !b.isNaN) else {
        throw TemplateFault(.type, "complex numbers are not supported")
      }
      return result
    }
  }

  /// Python's float `%`: the sign of the divisor.
  private static func remainder(_ a: Double, _ b: Double) -> Double {
    let rest = fmod(a, b)
    if rest == 0 { return b.sign == .minus ? -0.0 : 0.0 }
    return (rest < 0) != (b < 0) ? rest + b : rest
  }

  private static func floorQuotient(_ a: Double, _ b: Double, _ rest: Double) -> Double {
    let quotient = (a - rest) / b
    let floor = quotient.rounded(.down)
    return quotient - floor > 0.5 ? floor + 1 : floor
  }
}
