/// Memory for what the arguments of one call point to. It does not move while it grows, and is
/// used again by the next call.
final class ForeignArena {
  private var chunks: [UnsafeMutableRawBufferPointer] = []
  private var used = 0

  private static let chunkBytes = 1 << 16
  static let alignment = 16

  deinit { for chunk in chunks { chunk.deallocate() } }

  /// Forgets all allocations; keeps the newest chunk, which is as large as any.
  func reset() {
    used = 0
    guard chunks.count > 1 else { return }
    for chunk in chunks.dropLast() { chunk.deallocate() }
    chunks.removeFirst(chunks.count - 1)
  }

  /// `count` bytes, aligned for every scalar, with arbitrary content, until `reset`.
  func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    let aligned = (max(1, count) + Self.alignment - 1) & ~(Self.alignment - 1)
    if let base = chunks.last?.baseAddress, let size = chunks.last?.count, size - used >= aligned {
      used += aligned
      return base + (used - aligned)
    }
    // Twice the last one, so that many rows cost few chunks.
    let size = max(aligned, Self.chunkBytes, 2 * (chunks.last?.count ?? 0))
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: size, alignment: Self.alignment)
    chunks.append(chunk)
    used = aligned
    guard let base = chunk.baseAddress else { preconditionFailure("an empty chunk") }
    return base
  }
}
