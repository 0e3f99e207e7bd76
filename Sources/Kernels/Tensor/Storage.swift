internal import CKernels

/// A run of bytes that tensors view: allocated here, or lent by an owner such as a mapped file.
///
/// Invariant behind `@unchecked Sendable`: the address never changes, and whoever writes holds the
/// only reference that is in use (ops write their fresh output; optimisers run alone).
public final class Storage: @unchecked Sendable {
  /// The first byte. Valid while this object lives.
  package let base: UnsafeMutableRawPointer
  public let byteCount: Int
  /// False for mapped files: writing there would fault.
  public let isWritable: Bool
  private let owner: AnyObject?

  /// `byteCount` zero bytes, aligned to 64 for SIMD loads.
  public convenience init(byteCount: Int) { self.init(byteCount: byteCount, zeroed: true) }

  /// `byteCount` bytes of any content, aligned to 64: for outputs that are written whole.
  public convenience init(uninitializedByteCount byteCount: Int) {
    self.init(byteCount: byteCount, zeroed: false)
  }

  private init(byteCount: Int, zeroed: Bool) {
    guard let block = ck_memory_take(byteCount, zeroed) else {
      preconditionFailure("out of memory: \(byteCount) bytes more are needed")
    }
    base = block
    self.byteCount = byteCount
    isWritable = true
    owner = nil
  }

  /// Bytes that `owner` keeps alive (a mapped file, for one) and nobody writes.
  public init(viewing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    // An empty view still needs an address to subtract from; it is never read.
    base = UnsafeMutableRawPointer(
      mutating: bytes.baseAddress ?? UnsafeRawPointer(Unmanaged.passUnretained(owner).toOpaque()))
    byteCount = bytes.count
    isWritable = false
    self.owner = owner
  }

  deinit {
    if owner == nil { ck_memory_give(base, byteCount) }
  }
}
