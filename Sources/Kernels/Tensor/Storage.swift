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
  public init(byteCount: Int) {
    self.byteCount = byteCount
    let padded = max(64, (byteCount + 63) / 64 * 64)
    base = .allocate(byteCount: padded, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: padded)
    isWritable = true
    owner = nil
  }

  /// `byteCount` bytes of any content, aligned to 64: for outputs that are written whole.
  public init(uninitializedByteCount byteCount: Int) {
    self.byteCount = byteCount
    base = .allocate(byteCount: max(64, (byteCount + 63) / 64 * 64), alignment: 64)
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
    if owner == nil { base.deallocate() }
  }
}
