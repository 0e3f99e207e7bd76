import Foundation
import Formats
import Kernels
import TestSupport
import Testing

@testable import Modeling

@Suite(.enabled(if: shared("goldens/bad") != nil))
struct BadModelTests {
  static let cases: [(file: String, isFine: Bool)] = {
    guard let manifest = shared("goldens/bad/manifest.json"),
      let json = try? JSON.parse(file: manifest.path)
    else { return [] }
    return (json["cases"]?.array ?? []).filter { $0["kind"] == "model directory" }.map {
      ($0["file"]?.string ?? "", $0["expected"] == "ok")
    }
  }()

  @Test(arguments: cases)
  func modelDirectoriesAreJudgedAsTheManifestSays(_ file: String, isFine: Bool) throws {
    let path = shared("goldens/bad/\(file)")?.path ?? ""
    let start = Date()
    do {
      let model = try DecoderModel.open(path)
      #expect(isFine, "\(file) was accepted")
      #expect(model.logits(ids: [1, 2], layout: SequenceLayout(lengths: [2])).isFinite)
    } catch {
      #expect(!isFine, "\(file): \(error)")
      #expect(error is Problem || error is Problems, "\(file): \(error)")
    }
    #expect(Date().timeIntervalSince(start) < 2)
  }

  @Test(arguments: [
    ("cfg_heads_not_dividing", "hidden_size is 8"),
    ("cfg_kv_heads_not_dividing", "num_key_value_heads 3"),
    ("cfg_zero_heads", "num_attention_heads is 0"),
    ("cfg_negative_layers", "num_hidden_layers is -1"),
    ("cfg_null_layers", "num_hidden_layers is null"),
    ("cfg_enormous_layers", "the weights hold"),
    ("cfg_string_number", "hidden_size is the string '8'"),
    ("cfg_unknown_activation", "hidden_act"),
    ("cfg_unknown_rope_type", "rope_type"),
    ("cfg_missing_model_type", "model_type is missing"),
    ("cfg_odd_head_dim", "head_dim is 5"),
    ("cfg_vocab_mismatch", "expected [17, 8] by the config"),
    ("cfg_missing_tensor", "1 tensor is missing"),
  ])
  func messagesNameKeyAndRule(_ file: String, part: String) throws {
    let path = shared("goldens/bad/\(file)")?.path ?? ""
    let error = #expect(throws: (any Error).self) { try DecoderModel.open(path) }
    #expect("\(error as Any)".contains(part), "\(error as Any)")
  }
}
