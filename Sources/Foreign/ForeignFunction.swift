internal import CFFI
internal import Kernels

/// A function of a foreign library, prepared for calls.
public final class ForeignFunction: Sendable {
  public let name: String
  public let signature: ForeignSignature
  // Invariants: code of a library that is never closed; and what libffi needs to call it, written
  // by `init`, only read afterwards, freed by `deinit`. Raw, so that clients need no C module.
  private nonisolated(unsafe) let address: UnsafeMutableRawPointer
  private nonisolated(unsafe) let interface: UnsafeMutableRawPointer
  private nonisolated(unsafe) let types: UnsafeMutableRawPointer

  init(
    _ name: String, _ address: UnsafeMutableRawPointer, _ signature: ForeignSignature,
    in library: String
  ) throws(Problem) {
    self.name = name
    self.signature = signature
    self.address = address
    let kinds = signature.parameters.flatMap(\.type.kinds)
    let interface = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
    interface.initialize(to: ffi_cif())
    let types = UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>?>.allocate(
      capacity: max(1, kinds.count))
    for (index, kind) in kinds.enumerated() { types[index] = cffi_type(kind) }
    self.interface = UnsafeMutableRawPointer(interface)
    self.types = UnsafeMutableRawPointer(types)
    let result = cffi_type(signature.result.kinds.first ?? 0)
    guard cffi_prepare(interface, UInt32(kinds.count), result, types) == 1 else {
      throw Problem(
        .badConfiguration, at: library,
        "\(quoted(name)) cannot be called as \(quoted(signature.text, limit: 200))")
    }
  }

  deinit {
    interface.deallocate()
    types.deallocate()
  }

  /// Calls the function with the arguments in `frame`, all of which must have been set.
  ///
  /// Costs some 20 ns above the call itself. [any thread, concurrently where the library can]
  public func call(_ frame: ForeignFrame) -> ForeignResult {
    precondition(frame.isReady, "\(name): an argument was not set")
    return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { buffer in
      guard let result = buffer.baseAddress else { return .none }
      result.storeBytes(of: 0, as: UInt64.self)
      cffi_call(
        interface.assumingMemoryBound(to: ffi_cif.self), address, result, frame.addresses)
      switch signature.result.base {
      case .scalar(let scalar): return .number(scalar.loadResult(result))
      case .ptr: return .pointer(ForeignPointer(address: result.load(as: UInt.self)))
      default: return .none
      }
    }
  }
}

/// What a foreign function returned.
public enum ForeignResult: Sendable, Equatable {
  case none
  case number(ForeignNumber)
  case pointer(ForeignPointer)
}

/// An address that only the library it came from understands.
public struct ForeignPointer: Sendable, Equatable {
  let address: UInt

  public var isNull: Bool { address == 0 }
}
