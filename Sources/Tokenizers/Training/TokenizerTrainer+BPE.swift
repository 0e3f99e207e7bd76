import Formats
import Kernels

extension TokenizerTrainer {
  /// Special tokens, the 256 bytes, merges.
  func byteLevel(_ words: WordCounts, _ specials: [String]) throws(Problem) -> JSON {
    try checkRoom(specials.count + 256, "\(specials.count) special tokens and 256 bytes")
    var tokens = specials + ByteAlphabet.scalars.map { String($0) }
    let first = Int32(specials.count)
    let symbols = (0..<words.count).map { index in words.bytes(index).map { first + Int32($0) } }
    let merges = merge(symbols, words.counts, into: &tokens) { _ in true }
    return file(
      bpeModel(tokens, merges, byteFallback: false), specials,
      decoder: [
        "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
      ])
  }

  /// Special tokens, byte tokens, characters by frequency, merges.
  func sentencePiece(_ words: WordCounts, _ specials: [String]) throws(Problem) -> JSON {
    var tokens = specials + Self.byteTokens
    let characters = words.characters(atLeast: minimumFrequency)
    try checkRoom(
      tokens.count + characters.count,
      "\(specials.count) special tokens, 256 bytes and \(characters.count) characters")
    var ids: [UInt32: Int32] = [:]
    for character in characters {
      ids[character] = Int32(tokens.count)
      tokens.append(Unicode.Scalar(character).map { String($0) } ?? "")
    }
    // A character that is no token stands between its neighbours: they never merge across it.
    let symbols = (0..<words.count).map { index in
      words.bytes(index).scalarValues.map { ids[$0] ?? -1 }
    }
    var isFixed: Set<Int32> = [-1]
    if splitsDigits {
      for (character, id) in ids where ScalarClass.of(character).contains(.number) {
        isFixed.insert(id)
      }
    }
    let merges = merge(symbols, words.counts, into: &tokens) { !isFixed.contains($0) }
    return file(
      bpeModel(tokens, merges, byteFallback: true), specials, decoder: sentencePieceDecoder)
  }

  static let byteTokens: [String] = (0..<256).map { byte in
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
  }

  /// Adds merged tokens until the vocabulary is full.
  private func merge(
    _ words: [[Int32]], _ counts: [Int], into tokens: inout [String],
    mayMerge: @escaping (Int32) -> Bool
  ) -> [JSON] {
    var merger = PairMerger(words: words, counts: counts, mayMerge: mayMerge)
    var known = TokenStrings(minimumCapacity: vocabularySize)
    for token in tokens { _ = known.insert(token) }
    var merges: [JSON] = []
    while tokens.count < vocabularySize, let merge = merger.best(minimum: minimumFrequency) {
      let (left, right) = (tokens[Int(merge.left)], tokens[Int(merge.right)])
      merges.append([.string(left), .string(right)])
      // Two pairs may spell the same token: then there is a merge more, but no token more.
      let (id, isNew) = known.insert(left + right)
      if isNew { tokens.append(left + right) }
      merger.apply(merge, id: Int32(id))
    }
    return merges
  }

  private func bpeModel(_ tokens: [String], _ merges: [JSON], byteFallback: Bool) -> JSON {
    let vocabulary = JSONObject(
      tokens.enumerated().map { (key: $0.element, value: .int(Int64($0.offset))) })
    return [
      "type": "BPE", "dropout": nil, "unk_token": byteFallback ? "<unk>" : nil,
      "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
      "fuse_unk": .bool(byteFallback), "byte_fallback": .bool(byteFallback),
      "ignore_merges": false, "vocab": .object(vocabulary), "merges": .array(merges),
    ]
  }
}

extension WordCounts {
  /// The characters that occur at least `minimum` times: the most frequent first, then by value.
  func characters(atLeast minimum: Int) -> [UInt32] {
    var frequency: [UInt32: Int] = [:]
    for index in 0..<count {
      for character in bytes(index).scalarValues {
        frequency[character, default: 0] += counts[index]
      }
    }
    return frequency.filter { $0.value >= minimum }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }
}
