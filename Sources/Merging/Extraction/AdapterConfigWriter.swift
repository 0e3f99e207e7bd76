internal import Formats

/// `adapter_config.json` and the model card of an adapter made of `pairs`.
struct AdapterConfigWriter {
  /// Only those with a rank.
  let pairs: [DecomposedModule]
  let plan: ExtractionPlan
  let sides: ModelPair
  let baseName: String

  /// The largest rank; α is the same, so that B·A is added as it is.
  private var rank: Int { pairs.map(\.rank).max() ?? 1 }

  var json: JSON {
    let saved = savedModules.map { JSON.string($0) }
    var json: JSON = [
      "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": .string(baseName),
      "r": .int(Int64(rank)), "lora_alpha": .int(Int64(rank)), "lora_dropout": 0.0,
      "target_modules": .array(targetModules.map { .string($0) }),
      "modules_to_save": saved.isEmpty ? .null : .array(saved),
      "rank_pattern": ranks, "alpha_pattern": ranks, "bias": "none",
      "fan_in_fan_out": .bool(sides.isTransposed), "use_rslora": false, "use_dora": false,
      "inference_mode": true,
    ]
    // Else PEFT changes the embedding and leaves the head with the base's.
    if sides.headIsTied, changesEmbedding { json["ensure_weight_tying"] = true }
    return json
  }

  /// README.md with the front matter that hubs read.
  func card(model: String) -> String {
    """
    ---
    base_model: \(JSON.string(baseName).serialized())
    library_name: peft
    tags:
    - lora
    - extracted
    ---
    # LoRA adapter

    Extracted by Crucible from the difference between
    `\(lastPathComponent(model))` and `\(lastPathComponent(baseName))`:
    \(pairs.count) modules of rank \(pairs.map(\.rank).min() ?? 0) to \(rank).

    """
  }

  /// Ranks that are not the usual one, by full names: PEFT takes keys as regular expressions, in
  /// which a point matches itself too.
  private var ranks: JSON {
    var ranks = JSONObject()
    for pair in pairs where pair.rank != rank {
      ranks[pair.module.name] = .int(Int64(pair.rank))
    }
    return .object(ranks)
  }

  /// PEFT matches whole last components: `q_proj`, or `layers.0.self_attn.q_proj` where another
  /// `q_proj` has no pair.
  private var targetModules: [String] {
    let names = Set(pairs.map(\.module.name))
    return shortened(pairs.map(\.module.name)) { name, short in
      names.contains(name) || lastComponent(of: name) != short
    }
  }

  /// PEFT matches any ending here, so that `norm` also means `input_layernorm`.
  private var savedModules: [String] {
    let saved = plan.modules(.saveWhole).map(\.name)
    let names = Set(saved)
    let short = shortened(saved) { name, short in
      names.contains(name) || !name.hasSuffix(short)
    }
    return short + plan.extraHeads(of: sides).map(\.module)
  }

  /// The last component of each of `names` where `allows` it for all modules of the model, else
  /// the name itself; each once, in order.
  private func shortened(_ names: [String], _ allows: (String, String) -> Bool) -> [String] {
    var (result, seen): ([String], Set<String>) = ([], [])
    var isShort: [String: Bool] = [:]
    for name in names {
      let short = lastComponent(of: name)
      let allowed = isShort[short] ?? plan.modules.allSatisfy { allows($0.name, short) }
      isShort[short] = allowed
      if seen.insert(allowed ? short : name).inserted { result.append(allowed ? short : name) }
    }
    return result
  }

  private var changesEmbedding: Bool {
    plan.modules.contains { module in
      module.weight == sides.embedding
        && (module.action == .saveWhole || pairs.contains { $0.module.name == module.name })
    }
  }

  private func lastPathComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
