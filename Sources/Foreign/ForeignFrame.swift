internal import Glibc

/// The arguments of calls to one function, and the memory that they point to. Set all of them,
/// call, read what the function wrote, `reset`, and so on. For one thread at a time.
///
/// Who sets an argument has checked that its type can hold it; a wrong one traps.
public final class ForeignFrame {
  let types: [ForeignType]
  /// Place of each parameter's first C argument.
  private let places: [Int]
  private let slots: UnsafeMutablePointer<UInt64>
  /// What libffi takes: the address of each slot.
  let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  let arena = ForeignArena()
  private var isSet: [Bool]
  var outputs: [Int: ForeignOutput] = [:]

  public init(for function: ForeignFunction) {
    types = function.signature.parameters.map(\.type)
    var places: [Int] = []
    var count = 0
    for type in types {
      places.append(count)
      count += type.kinds.count
    }
    self.places = places
    isSet = Array(repeating: false, count: types.count)
    slots = .allocate(capacity: max(1, count))
    slots.initialize(repeating: 0, count: max(1, count))
    addresses = .allocate(capacity: max(1, count))
    addresses.initialize(repeating: nil, count: max(1, count))
    for index in 0..<count { addresses[index] = UnsafeMutableRawPointer(slots + index) }
  }

  deinit {
    slots.deallocate()
    addresses.deallocate()
  }

  var isReady: Bool { !isSet.contains(false) }

  /// Forgets all arguments and what they point to.
  public func reset() {
    arena.reset()
    if !outputs.isEmpty { outputs.removeAll(keepingCapacity: true) }
    for index in isSet.indices { isSet[index] = false }
  }

  // MARK: - One value

  public func set(_ parameter: Int, number: ForeignNumber) {
    guard let scalar = types[parameter].scalar, types[parameter].depth == 0,
      scalar.store(number, at: slot(parameter))
    else { preconditionFailure("\(types[parameter]) cannot hold \(number)") }
  }

  public func set(_ parameter: Int, pointer: ForeignPointer) {
    precondition(types[parameter].base == .ptr)
    slot(parameter).storeBytes(of: pointer.address, as: UInt.self)
  }

  /// A text, copied and ended by a NUL; nil gives NULL. A `cstr` must hold no NUL itself.
  public func set(_ parameter: Int, text: String?) {
    precondition(types[parameter].isText(depth: 0))
    let copy = text.map(copied)
    setAddress(parameter, copy?.address)
    if types[parameter].base == .bytes {
      slot(parameter, 1).storeBytes(of: copy?.count ?? 0, as: Int.self)
    }
  }

  public func set(_ parameter: Int, tokens: [Int32]) {
    precondition(types[parameter] == ForeignType(.scalar(.i32), depth: 1))
    setAddress(parameter, copied(tokens))
  }

  // MARK: - One value a row

  public func set(_ parameter: Int, numbers: [ForeignNumber]) {
    guard let scalar = types[parameter].scalar, types[parameter].depth == 1 else {
      preconditionFailure("\(types[parameter]) is no array of numbers")
    }
    let array = arena.allocate(numbers.count * scalar.size)
    for (index, number) in numbers.enumerated() {
      guard scalar.store(number, at: array + index * scalar.size) else {
        preconditionFailure("\(scalar.rawValue) cannot hold \(number)")
      }
    }
    setAddress(parameter, array)
  }

  public func set(_ parameter: Int, texts: [String?]) {
    precondition(types[parameter].isText(depth: 1))
    let copies = texts.map { $0.map(copied) }
    setAddress(parameter, addresses(copies.map { $0?.address }))
    if types[parameter].base == .bytes {
      let lengths = arena.allocate(8 * copies.count)
      for (index, copy) in copies.enumerated() {
        lengths.storeBytes(of: copy?.count ?? 0, toByteOffset: 8 * index, as: Int.self)
      }
      slot(parameter, 1).storeBytes(of: UInt(bitPattern: lengths), as: UInt.self)
    }
  }

  public func set(_ parameter: Int, tokenLists: [[Int32]]) {
    precondition(types[parameter] == ForeignType(.scalar(.i32), depth: 2))
    setAddress(parameter, addresses(tokenLists.map(copied)))
  }

  // MARK: - Memory

  private func slot(_ parameter: Int, _ part: Int = 0) -> UnsafeMutableRawPointer {
    isSet[parameter] = true
    return UnsafeMutableRawPointer(slots + (places[parameter] + part))
  }

  func setAddress(_ parameter: Int, _ address: UnsafeMutableRawPointer?) {
    slot(parameter).storeBytes(of: UInt(bitPattern: address), as: UInt.self)
  }

  func addresses(_ values: [UnsafeMutableRawPointer?]) -> UnsafeMutableRawPointer {
    let array = arena.allocate(8 * values.count)
    for (index, value) in values.enumerated() {
      array.storeBytes(of: UInt(bitPattern: value), toByteOffset: 8 * index, as: UInt.self)
    }
    return array
  }

  private func copied(_ text: String) -> (address: UnsafeMutableRawPointer, count: Int) {
    var text = text
    return text.withUTF8 { bytes in
      let copy = arena.allocate(bytes.count + 1)
      if let base = bytes.baseAddress { memcpy(copy, base, bytes.count) }
      copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
      return (copy, bytes.count)
    }
  }

  private func copied(_ tokens: [Int32]) -> UnsafeMutableRawPointer {
    let copy = arena.allocate(4 * tokens.count)
    tokens.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { memcpy(copy, base, bytes.count) }
    }
    return copy
  }
}
