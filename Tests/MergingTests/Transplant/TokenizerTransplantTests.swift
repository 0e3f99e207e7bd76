import Foundation
import PluginAPI
import Testing

@testable import Merging

struct TokenizerTransplantTests {
  private let modelTokens = ["<s>", "a", "b", "c", "d"]
  private let donorTokens = ["<bos>", "c", "x", "a", "ab", "d"]

  @Test(arguments: TransplantMethod.allCases)
  func everyMethodKeepsSharedRows(method: TransplantMethod) throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens, dtype: .bf16)
    let donor = try folder.model("donor", tokens: donorTokens, width: 12, seed: 2)
    var options = TransplantOptions()
    options.method = method
    let out = folder.path + "/out"
    let report = try transplantTokenizer(model: model, donor: donor, to: out, options: options)
    #expect(report.matrices.map(\.name) == ["model.embed_tokens.weight", "lm_head.weight"])
    #expect(report.matrices.allSatisfy { $0.shared == 4 && $0.approximated == 2 })
    for name in report.matrices.map(\.name) {
      let (old, new) = (try matrix(model, name), try matrix(out, name))
      #expect([new[0], new[1], new[3], new[5]] == [old[0], old[3], old[1], old[4]])
      #expect(new.count == 6)
    }
    let tensors = try ShardedTensors(directory: out)
    #expect(tensors.entry("lm_head.weight")?.dtype == .bf16)
    #expect(try DecoderModel.open(out).config.vocabularySize == 6)
    #expect(try Tokenizer.load(directory: out).id(of: "ab") == 4)
  }

  @Test func piecesOfATokenMakeItsRow() throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens)
    let donor = try folder.model("donor", tokens: donorTokens, seed: 2)
    let old = try matrix(model)
    let (a, b) = (old[1], old[2])
    for (method, expected) in [
      (SubwordMethod.sum, zip(a, b).map { $0 + $1 }),
      (.mean, zip(a, b).map { ($0 + $1) / 2 }), (.firstLast, b),
      (.weightedMean, zip(a, b).map { ($0 + 2 * $1) / 3 }),
    ] {
      var options = TransplantOptions()
      options.method = .subword
      options.subword = method
      let out = "\(folder.path)/\(method.rawValue)"
      _ = try transplantTokenizer(model: model, donor: donor, to: out, options: options)
      for (found, wanted) in zip(try matrix(out)[4], expected) {
        #expect(abs(found - wanted) <= 1e-6, "\(method)")
      }
      if method == .firstLast {
        #expect(try matrix(out, "lm_head.weight")[4] == matrix(model, "lm_head.weight")[1])
      }
    }
  }

  @Test func tiedModelsHaveOneMatrix() throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens, isTied: true)
    let donor = try folder.model("donor", tokens: donorTokens)
    let report = try transplantTokenizer(model: model, donor: donor, to: folder.path + "/out")
    #expect(report.matrices.map(\.name) == ["model.embed_tokens.weight"])
    #expect(try ShardedTensors(directory: folder.path + "/out").entry("lm_head.weight") == nil)
    #expect(try DecoderModel.open(folder.path + "/out").config.isHeadTied)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out/generation_config.json"))
  }

  @Test func aModelIsItsOwnDonor() throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens)
    let out = folder.path + "/out"
    let report = try transplantTokenizer(model: model, donor: model, to: out)
    #expect(report.matrices.allSatisfy { $0.shared == 5 && $0.approximated == 0 })
    let (before, after) = (
      try ShardedTensors(directory: model), try ShardedTensors(directory: out)
    )
    for name in before.names {
      #expect(try before.tensor(name).floats() == after.tensor(name).floats(), "\(name)")
    }
  }

  @Test func randomRowsFollowFromTheSeed() throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens)
    let donor = try folder.model("donor", tokens: donorTokens)
    var rows: [[[Float]]] = []
    for (index, seed) in [UInt64(1), 1, 2].enumerated() {
      var options = TransplantOptions()
      options.method = .randn
      options.seed = seed
      let out = "\(folder.path)/\(index)"
      _ = try transplantTokenizer(model: model, donor: donor, to: out, options: options)
      rows.append(try matrix(out))
    }
    #expect(rows[0] == rows[1] && rows[0] != rows[2])
  }

  @Test func specialIdsAreTheDonors() throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens)
    let donor = try folder.model("donor", tokens: donorTokens)
    var json = try JSON.parse(file: donor + "/config.json")
    json["eos_token_id"] = [3, 5]
    json["bos_token_id"] = nil
    try writeAtomically(path: donor + "/config.json", text: json.serialized())
    try writeAtomically(path: model + "/generation_config.json", text: "{\"eos_token_id\": 1}")
    let out = folder.path + "/out"
    _ = try transplantTokenizer(model: model, donor: donor, to: out)
    let config = try JSON.parse(file: out + "/config.json")
    #expect(config["eos_token_id"] == [3, 5] && config["bos_token_id"] == 0)
    #expect(config["pad_token_id"] == .null && config["vocab_size"] == 6)
    let generation = try JSON.parse(file: out + "/generation_config.json")
    #expect(generation["eos_token_id"] == [3, 5], "\(generation)")
  }

  @Test func undertrainedTokensAreLeftOut() throws {
    let folder = try TransplantFolder()
    let tokens = ["<s>", "a", "b", "c", "<|reserved_special_token_0|>"]
    let model = try folder.model("model", tokens: tokens, isTied: true)
    let bad = try undertrainedTokens(of: VocabularyModel(folder: model))
    #expect(bad.contains(4))
    var options = TransplantOptions()
    options.skipsUndertrained = true
    options.method = .mean
    let out = folder.path + "/out"
    let report = try transplantTokenizer(model: model, donor: model, to: out, options: options)
    #expect(report.matrices[0].zero >= 1)
    #expect(try matrix(out)[4].allSatisfy { $0 == 0 })
  }

  @Test func refusesWhatCannotWork() throws {
    let folder = try TransplantFolder()
    let model = try folder.model("model", tokens: modelTokens)
    let stranger = try folder.model("stranger", tokens: ["<t>", "q", "r"])
    try writeAtomically(path: stranger + "/tokenizer_config.json", text: "{}")
    let out = folder.path + "/out"
    #expect(throws: Problem.self) {
      _ = try transplantTokenizer(model: model, donor: stranger, to: out)
    }
    #expect(!FileManager.default.fileExists(atPath: out))
    #expect(throws: Problem.self) {
      _ = try transplantTokenizer(model: model, donor: model, to: model)
    }
    #expect(throws: Problem.self) {
      _ = try transplantTokenizer(model: model, donor: folder.path + "/none", to: out)
    }
    var options = TransplantOptions()
    options.neighbours = 0
    #expect(throws: Problem.self) {
      _ = try transplantTokenizer(model: model, donor: model, to: out, options: options)
    }
  }
}
