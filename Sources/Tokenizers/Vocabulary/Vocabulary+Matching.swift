extension Vocabulary {
  /// For every id of this vocabulary the id of the same token in `other`; -1 where the id names no
  /// token or `other` lacks it. Lists of pieces may hold a token twice: the same id is preferred.
  package func ids(in other: Vocabulary) -> [Int32] {
    (0..<Int32(truncatingIfNeeded: idCount)).map { id in
      guard let token = bytes(id) else { return -1 }
      if let same = other.bytes(id), same.elementsEqual(token) { return id }
      return token.withUnsafeBufferPointer { other.id($0) } ?? -1
    }
  }
}
