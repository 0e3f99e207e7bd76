import Formats
import Kernels

// Post-processors and decoders.
extension Component {
  private static let postProcessors = [
    "TemplateProcessing", "ByteLevel", "BertProcessing", "RobertaProcessing", "Sequence",
  ]
  private static let decoders = [
    "ByteLevel", "ByteFallback", "Fuse", "Strip", "Metaspace", "Replace", "WordPiece",
    "BPEDecoder", "Sequence",
  ]

  /// The post-processor that this part describes, nil for null. `trimmer` makes what trims
  /// offsets, with or without regard to a space put before the text.
  func postProcessor(
    trimmer makeTrimmer: (Bool) -> OffsetTrimmer
  ) throws(Problem) -> (any PostProcessor)? {
    if isNull { return nil }
    let type = try self["type"].string()
    switch type {
    case "TemplateProcessing": return try template()
    case "ByteLevel":
      guard try self["trim_offsets"].bool(default: true) else { return nil }
      return makeTrimmer(try self["add_prefix_space"].bool(default: true))
    case "BertProcessing", "RobertaProcessing":
      let isRoberta = type == "RobertaProcessing"
      var trimmer: OffsetTrimmer?
      if isRoberta, try self["trim_offsets"].bool(default: true) {
        trimmer = makeTrimmer(try self["add_prefix_space"].bool(default: true))
      }
      return BertPostProcessor(
        cls: try self["cls"].namedID(), separator: try self["sep"].namedID(),
        isRoberta: isRoberta, trimmer: trimmer)
    case "Sequence":
      var steps: [any PostProcessor] = []
      for part in try self["processors"].elements() {
        if let step = try part.postProcessor(trimmer: makeTrimmer) { steps.append(step) }
      }
      return PostProcessorSequence(steps: steps)
    default: throw self["type"].unknown(type, among: Self.postProcessors)
    }
  }

  /// The id of `["[CLS]", 101]`.
  private func namedID() throws(Problem) -> Int32 {
    let parts = try elements()
    guard parts.count == 2 else { throw problem("is not a token", expected: "[\"token\", id]") }
    return try parts[1].id()
  }

  private func template() throws(Problem) -> TemplatePostProcessor {
    let special = self["special_tokens"]
    return TemplatePostProcessor(
      single: try self["single"].templateParts(special),
      pair: try self["pair"].templateParts(special))
  }

  private func templateParts(
    _ special: Component
  ) throws(Problem) -> [TemplatePostProcessor.Part] {
    var parts: [TemplatePostProcessor.Part] = []
    for part in try elements() {
      if part.json["Sequence"] != nil {
        let sequence = part["Sequence"]
        let name = try sequence["id"].string()
        guard name == "A" || name == "B" else {
          throw sequence["id"].unknown(name, among: ["A", "B"])
        }
        parts.append(
          .sequence(index: name == "A" ? 0 : 1, typeID: try sequence["type_id"].id()))
      } else {
        let token = part["SpecialToken"]
        let name = try token["id"].string()
        guard special.json[name] != nil else {
          throw token["id"].problem(
            "special token \(quoted(name)) is not in special_tokens")
        }
        var ids: [Int32] = []
        for id in try special[name]["ids"].elements() { ids.append(try id.id()) }
        parts.append(.special(ids: ids, typeID: try token["type_id"].id()))
      }
    }
    return parts
  }

  /// The decoder that this part describes, nil for null.
  func decoder() throws(Problem) -> (any TokenDecoder)? {
    if isNull { return nil }
    let type = try self["type"].string()
    switch type {
    case "ByteLevel": return ByteLevelDecoder()
    case "ByteFallback": return ByteFallbackDecoder()
    case "Fuse": return FuseDecoder()
    case "Strip":
      return StripDecoder(
        content: try self["content"].character(default: " "), start: try self["start"].integer(),
        stop: try self["stop"].integer())
    case "Replace":
      guard self["pattern"].json["String"] != nil else {
        throw self["pattern"].problem("is not a fixed text", expected: "{\"String\": …}")
      }
      return ReplaceDecoder(
        pattern: try self["pattern"]["String"].bytes(), content: try self["content"].bytes())
    case "Metaspace":
      let addsPrefix = try self["add_prefix_space"].bool(default: true)
      let scheme = try self["prepend_scheme"].choice(
        [MetaspacePreTokenizer.PrependScheme.always, .never, .first],
        default: addsPrefix ? .always : .never)
      return MetaspaceDecoder(
        replacement: try self["replacement"].character(default: "▁"),
        dropsFirst: scheme != .never)
    case "WordPiece":
      return WordPieceDecoder(
        prefix: Array((try self["prefix"].optionalString() ?? "##").utf8),
        cleansUp: try self["cleanup"].bool(default: true))
    case "BPEDecoder":
      return WordSuffixDecoder(
        suffix: Array((try self["suffix"].optionalString() ?? "</w>").utf8))
    case "Sequence":
      var steps: [any TokenDecoder] = []
      for part in try self["decoders"].elements() {
        if let step = try part.decoder() { steps.append(step) }
      }
      return DecoderSequence(steps: steps)
    default: throw self["type"].unknown(type, among: Self.decoders)
    }
  }
}
