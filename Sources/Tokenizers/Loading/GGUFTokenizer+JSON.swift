public import Formats
public import Kernels

extension Tokenizer {
  /// A tokenizer.json that tokenises as the GGUF file's metadata says: for saving its model as a
  /// Hugging Face folder.
  ///
  /// - Throws: `Problem` (65) that names the key.
  public static func json(gguf: GGUFFile) throws(Problem) -> JSON {
    try gguf.checkVocabulary()
    return try GGUFTokenizerReader(gguf).json()
  }
}

extension GGUFTokenizerReader {
  func json() throws(Problem) -> JSON {
    let isByteLevel = try file.string("tokenizer.ggml.model") == "gpt2"
    let tokenizer = try tokenizer()
    var json: JSON = ["version": "1.0", "truncation": nil, "padding": nil]
    json["added_tokens"] = .array(try addedTokens().map(\.json))
    let parts = try isByteLevel ? byteLevelParts() : sentencePieceParts()
    for (key, part) in parts { json[key] = part }
    json["post_processor"] = postProcessor(
      bos: tokenizer.addsBOS ? tokenizer.bosID : nil,
      eos: tokenizer.addsEOS ? tokenizer.eosID : nil)
    return json
  }

  // MARK: - Byte-level BPE

  private func byteLevelParts() throws(Problem) -> [(String, JSON)] {
    let name = try file.string("tokenizer.ggml.pre") ?? "default"
    let pre = GGUFPreTokenizer.named(name)
    let splits = (pre?.patterns ?? []).map { pattern -> JSON in
      [
        "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated",
        "invert": false,
      ]
    }
    let byteLevel: JSON = [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
    ]
    let merges = try file.strings("tokenizer.ggml.merges") ?? []
    return [
      ("normalizer", nil),
      ("pre_tokenizer", ["type": "Sequence", "pretokenizers": .array(splits + [byteLevel])]),
      ("decoder", byteLevel),
      (
        "model",
        bpe(
          merges: merges.map(pair), unknown: nil, hasByteFallback: false,
          takesWholeWords: pre?.takesWholeWords ?? false)
      ),
    ]
  }

  /// The separator is the first space that does not begin the text.
  private func pair(_ merge: String) -> JSON {
    let scalars = Array(merge.unicodeScalars)
    let space = scalars.dropFirst().firstIndex(of: " ") ?? scalars.count
    return [.string(text(scalars[..<space])), .string(text(scalars.dropFirst(space + 1)))]
  }

  private func text(_ scalars: some Sequence<UnicodeScalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private func bpe(
    merges: [JSON], unknown: String?, hasByteFallback: Bool, takesWholeWords: Bool
  ) -> JSON {
    var vocabulary = JSONObject()
    for (id, token) in tokens.enumerated() where vocabulary[token] == nil {
      vocabulary[token] = .int(Int64(id))
    }
    return [
      "type": "BPE", "dropout": nil, "unk_token": unknown.map { JSON.string($0) } ?? .null,
      "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
      "fuse_unk": .bool(unknown != nil), "byte_fallback": .bool(hasByteFallback),
      "ignore_merges": .bool(takesWholeWords), "vocab": .object(vocabulary),
      "merges": .array(merges),
    ]
  }

  // MARK: - SentencePiece BPE

  private func sentencePieceParts() throws(Problem) -> [(String, JSON)] {
    let addsSpace = try file.bool("tokenizer.ggml.add_space_prefix") ?? true
    var steps: [JSON] = [["type": "Replace", "pattern": ["String": " "], "content": "▁"]]
    var decoders: [JSON] = [
      ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"],
      ["type": "Fuse"],
    ]
    if addsSpace {
      steps.insert(["type": "Prepend", "prepend": "▁"], at: 0)
      decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0])
    }
    let unknown = try file.int("tokenizer.ggml.unknown_token_id") ?? 0
    return [
      ("normalizer", ["type": "Sequence", "normalizers": .array(steps)]),
      ("pre_tokenizer", nil), ("decoder", ["type": "Sequence", "decoders": .array(decoders)]),
      (
        "model",
        bpe(
          merges: try scoredMerges(),
          unknown: tokens.indices.contains(unknown) ? tokens[unknown] : nil,
          hasByteFallback: true, takesWholeWords: false)
      ),
    ]
  }

  private struct ScoredMerge {
    let left: String
    let right: String
    let score: Float
    let leftCount: Int
    let rightCount: Int
  }

  /// Merges from scores, in the order of Hugging Face's converter: of every way to make a piece
  /// from two others, better scores first, then longer left parts, then longer right ones.
  private func scoredMerges() throws(Problem) -> [JSON] {
    let scores = try file.floats("tokenizer.ggml.scores") ?? []
    // By bytes: strings that only differ in how their characters are composed are equal as String.
    var ids: [[UInt8]: Int] = [:]
    for (id, token) in tokens.enumerated() where ids[Array(token.utf8)] == nil {
      ids[Array(token.utf8)] = id
    }
    var merges: [ScoredMerge] = []
    for (id, token) in tokens.enumerated() where isPiece(id) {
      merges += splits(of: token, ids: ids, score: id < scores.count ? scores[id] : 0)
    }
    let order = merges.indices.sorted { one, other in
      let (a, b) = (merges[one], merges[other])
      if a.score != b.score { return a.score > b.score }
      if a.leftCount != b.leftCount { return a.leftCount > b.leftCount }
      if a.rightCount != b.rightCount { return a.rightCount > b.rightCount }
      return one < other
    }
    return order.map { [.string(merges[$0].left), .string(merges[$0].right)] }
  }

  private func splits(of token: String, ids: [[UInt8]: Int], score: Float) -> [ScoredMerge] {
    let scalars = Array(token.unicodeScalars)
    guard scalars.count > 1 else { return [] }
    var found: [(merge: ScoredMerge, left: Int, right: Int)] = []
    for place in 1..<scalars.count {
      let (left, right) = (text(scalars[..<place]), text(scalars[place...]))
      guard let leftID = ids[Array(left.utf8)], let rightID = ids[Array(right.utf8)] else {
        continue
      }
      let merge = ScoredMerge(
        left: left, right: right, score: score, leftCount: place,
        rightCount: scalars.count - place)
      found.append((merge, leftID, rightID))
    }
    return found.sorted { ($0.left, $0.right) < ($1.left, $1.right) }.map(\.merge)
  }

  /// Control, unknown and byte tokens are never made by merging.
  private func isPiece(_ id: Int) -> Bool { id >= types.count || types[id] == 1 || types[id] == 4 }

  // MARK: - Around a text

  private func postProcessor(bos: Int32?, eos: Int32?) -> JSON {
    let ends = [bos, eos].compactMap { $0 }
    guard !ends.isEmpty else { return nil }
    func part(_ kind: String, _ name: String, _ type: Int64) -> JSON {
      JSON.object([kind: ["id": .string(name), "type_id": .int(type)]])
    }
    func around(_ sequence: String, _ type: Int64) -> [JSON] {
      var parts: [JSON] = []
      if let bos { parts.append(part("SpecialToken", tokens[Int(bos)], type)) }
      parts.append(part("Sequence", sequence, type))
      if let eos { parts.append(part("SpecialToken", tokens[Int(eos)], type)) }
      return parts
    }
    var special = JSONObject()
    for id in ends {
      let token = JSON.string(tokens[Int(id)])
      special[tokens[Int(id)]] = ["id": token, "ids": [.int(Int64(id))], "tokens": [token]]
    }
    return [
      "type": "TemplateProcessing", "single": .array(around("A", 0)),
      "pair": .array(around("A", 0) + around("B", 1)), "special_tokens": .object(special),
    ]
  }
}

extension AddedToken {
  fileprivate var json: JSON {
    [
      "id": .int(Int64(id)), "content": .string(content), "single_word": false, "lstrip": false,
      "rstrip": .bool(stripsRight), "normalized": false, "special": .bool(isSpecial),
    ]
  }
}
