import Foundation
import Merging
import TestSupport
import Testing

/// Vocabulary and rows of mergekit's own merges, compared token by token.
@Suite(.enabled(if: shared("goldens/merge") != nil))
struct VocabularyGoldenTests {
  static let cases = [
    "tokenizer_union", "tokenizer_union_permuted_padded", "tokenizer_base_source",
    "tokenizer_token_overrides", "tokenizer_from_model",
  ]

  @Test(arguments: cases) func hasTheVocabularyOfTheGolden(name: String) throws {
    let golden = try VocabularyGolden(name)
    let expected = try Tokenizer.load(directory: golden.folder + "/expected")
    let tokens = golden.plan.tokens.compactMap { $0 }
    #expect(tokens.count == golden.plan.tokens.count, "no unused ids")
    #expect(tokens.count == expected.vocabularySize)
    #expect(tokens.allSatisfy { expected.id(of: $0) != nil })
    let config = try JSON.parse(file: golden.folder + "/expected/config.json")
    #expect(golden.plan.rowCount == config["vocab_size"]?.int)
  }

  @Test(arguments: cases) func hasTheAddedTokensOfTheGolden(name: String) throws {
    let golden = try VocabularyGolden(name)
    let models = try VocabularyModels()
    let written = try JSON.parse(file: try models.write(golden.plan) + "/tokenizer.json")
    let expected = try JSON.parse(file: golden.folder + "/expected/tokenizer.json")
    #expect(flags(written) == flags(expected))
    #expect(written["model"]?["vocab"] == expected["model"]?["vocab"])
  }

  /// Added tokens by content, without ids.
  private func flags(_ tokenizer: JSON) -> [String: JSON] {
    var flags: [String: JSON] = [:]
    for var token in tokenizer["added_tokens"]?.array ?? [] {
      token["id"] = nil
      flags[token["content"]?.string ?? ""] = token
    }
    return flags
  }

  @Test(arguments: cases, ["model.embed_tokens.weight", "lm_head.weight"])
  func hasTheRowsOfTheGolden(name: String, tensor: String) throws {
    let golden = try VocabularyGolden(name)
    let merged = try golden.merged(tensor)
    let file = try SafetensorsFile(path: golden.folder + "/expected/model.safetensors")
    let expected = try file.tensor(tensor)
    let tokenizer = try Tokenizer.load(directory: golden.folder + "/expected")
    #expect(expected.shape == [golden.plan.rowCount, golden.width])
    let values = expected.floats()
    let atol = golden.absoluteTolerance(tensor)
    for row in 0..<golden.plan.rowCount {
      // Padding rows come last in both, and are all alike.
      let token = row < golden.plan.tokens.count ? golden.plan.tokens[row] : nil
      let other = try token.map { Int(try #require(tokenizer.id(of: $0))) } ?? row
      for column in 0..<golden.width {
        let (got, want) = (
          merged[row * golden.width + column], Double(values[other * golden.width + column])
        )
        #expect(
          abs(got - want) <= 0x1p-22 * abs(want) + atol, "\(tensor) row \(row) column \(column)")
      }
    }
  }

  @Test func writesTheTemplateOfTheGolden() throws {
    let golden = try VocabularyGolden("tokenizer_union_permuted_padded")
    let models = try VocabularyModels()
    let written = try readText(try models.write(golden.plan) + "/chat_template.jinja")
    #expect(written == (try readText(golden.folder + "/expected/chat_template.jinja")))
  }
}

/// One case: its configuration as a request, and a plain merge of the rebuilt rows.
struct VocabularyGolden {
  let folder: String
  let plan: VocabularyPlan
  let width = 32
  private let weights: [Double]
  private let t: Double?
  private let atol: JSON?

  init(_ name: String) throws {
    let root = try #require(shared("goldens/merge")).path
    folder = "\(root)/cases/\(name)"
    let config = try YAML.parse(file: folder + "/config.yml")
    let listed = config["models"]?.sequence ?? []
    let names = listed.compactMap { $0["model"]?.string }
    weights = listed.map { $0["parameters"]?["weight"]?.double ?? 0 }
    t = config["parameters"]?["t"]?.double
    atol = try JSON.parse(file: folder + "/case.json")["tolerance"]?["atol"]
    let members = try names.map { try Self.member($0, root: root) }
    let section = config["tokenizer"]
    let source = section?["source"]?.string ?? config["tokenizer_source"]?.string ?? "union"
    plan = try VocabularyPlan(
      VocabularyRequest(
        members: members, baseIndex: names.firstIndex(of: config["base_model"]?.string ?? ""),
        source: source == "union"
          ? .union : source == "base" ? .base : .model(names.firstIndex(of: source) ?? -1),
        overrides: Self.overrides(section?["tokens"], names),
        padToMultipleOf: section?["pad_to_multiple_of"]?.int,
        chatTemplate: try config["chat_template"]?.string.flatMap {
          try resolveChatTemplate($0, members: members)
        }))
  }

  private static func member(_ name: String, root: String) throws -> VocabularyMember {
    let config = try JSON.parse(file: "\(root)/\(name)/config.json")
    let tensors = try ShardedTensors(directory: "\(root)/\(name)")
    let rows = try #require(tensors.entry("model.embed_tokens.weight")?.shape.first)
    return VocabularyMember(
      name: name, directory: "\(root)/\(name)", rows: rows,
      vocabularySize: config["vocab_size"]?.int ?? 0)
  }

  private static func overrides(_ tokens: YAMLNode?, _ names: [String]) -> [TokenOverride] {
    (tokens?.mapping ?? []).map { entry in
      let source = entry.value["source"]
      let row: TokenRow?
      if let model = source?.string {
        row = .model(names.firstIndex(of: model) ?? -1, token: .text(entry.key))
      } else if source?["kind"]?.string == "zero" {
        row = .zero
      } else {
        let index = names.firstIndex(of: source?["model"]?.string ?? "") ?? -1
        let name = source?["token_id"]?.int.map { TokenName.id($0) }
        row = .model(index, token: name ?? .text(source?["token"]?.string ?? ""))
      }
      return TokenOverride(
        token: entry.key, row: row, isForced: entry.value["force"]?.bool ?? false,
        place: entry.value.place)
    }
  }

  func absoluteTolerance(_ tensor: String) -> Double { atol?[tensor]?.double ?? 0 }

  /// The merge of the rebuilt rows in double: weighted, or spherical where there is a t.
  func merged(_ tensor: String) throws -> [Double] {
    let inputs = try plan.request.members.map { member in
      try ShardedTensors(directory: member.directory).tensor(tensor)
    }
    let rows = try RebuiltRows(plan.alignment, tensors: inputs, name: tensor)
    let models = plan.alignment.inputs.map { member in
      // In pieces that divide nothing, as the executor reads.
      let whole = Tensor(zeros: [plan.rowCount, width])
      for start in stride(from: 0, to: plan.rowCount, by: 37) {
        let range = start..<min(start + 37, plan.rowCount)
        rows.read(member: member, rows: range, into: whole, at: start)
      }
      return whole.floats().map(Double.init)
    }
    guard let t else {
      let total = weights.reduce(0, +)
      return models[0].indices.map { index in
        zip(models, weights).reduce(0) { $0 + $1.0[index] * $1.1 } / total
      }
    }
    return slerp(models[0], models[1], t)
  }

  private func slerp(_ a: [Double], _ b: [Double], _ t: Double) -> [Double] {
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let angle = acos(dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot())
    let (x, y) = (sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle))
    return zip(a, b).map { x * $0 + y * $1 }
  }
}
