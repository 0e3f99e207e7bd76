import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

/// The quantities that mergekit's random rules have on a small model, on our draws.
@Suite(.enabled(if: shared("goldens/merge/random") != nil)) struct RandomGoldenTests {
  @Test(arguments: ["dare_linear_plain", "dare_linear_rescaled", "dare_ties_rescaled"])
  func dare(name: String) throws {
    let golden = try RandomGolden(name)
    let input = DenseInput(golden.weight, density: golden.density)
    for seed in [1, 2, 3] as [UInt64] {
      try golden.check(seed) { base, tuned, name in
        if golden.method == "dare_ties" {
          let rule = try method(DARETIES.self) { $0.mix.rescale = golden.rescales }
          return try merged(
            rule, base: base, inputs: [(tuned, input)], name: name, seed: seed)
        }
        let rule = try method(DARELinear.self) { $0.mix.rescale = golden.rescales }
        return try merged(rule, base: base, inputs: [(tuned, input)], name: name, seed: seed)
      }
    }
  }

  @Test(arguments: ["della_plain", "della_linear_rescaled"])
  func della(name: String) throws {
    let golden = try RandomGolden(name)
    let input = Magprune.Input(golden.weight, density: golden.density, epsilon: golden.epsilon)
    for seed in [1, 2, 3] as [UInt64] {
      try golden.check(seed) { base, tuned, name in
        if golden.method == "della" {
          let rule = try method(DELLA.self) { $0.mix.rescale = golden.rescales }
          return try merged(
            rule, base: base, inputs: [(tuned, input)], name: name, seed: seed)
        }
        let rule = try method(DELLALinear.self) { $0.mix.rescale = golden.rescales }
        return try merged(rule, base: base, inputs: [(tuned, input)], name: name, seed: seed)
      }
    }
  }
}

/// One file of goldens/merge/random with the two models it is about.
private struct RandomGolden {
  let method: String
  let weight: Double
  let density: Double
  let epsilon: Double
  let rescales: Bool
  private let tensors: JSONObject
  private let base: ShardedTensors
  private let tuned: ShardedTensors

  init(_ name: String) throws {
    let folder = try #require(shared("goldens/merge"))
    let file = folder.appendingPathComponent("random/\(name).json")
    let json = try JSON.parse([UInt8](Data(contentsOf: file)), source: name)
    method = name.split(separator: "_").dropLast().joined(separator: "_")
    weight = try #require(json["weight"]?.double)
    density = try #require(json["density"]?.double)
    epsilon = json["epsilon"]?.double ?? 0
    rescales = try #require(json["rescale"]?.bool as Bool?)
    tensors = try #require(json["tensors"]?.object)
    base = try ShardedTensors(directory: folder.appendingPathComponent("inputs/base").path)
    tuned = try ShardedTensors(directory: folder.appendingPathComponent("inputs/ft_a").path)
  }

  func check(
    _ seed: UInt64, merge: (_ base: Tensor, _ tuned: Tensor, _ name: String) throws -> [Float]
  ) throws {
    for (name, facts) in tensors.entries {
      // The recorded merge is of the models' second layer.
      let source = name.replacingOccurrences(of: "layers.0.", with: "layers.1.")
      let (base, tuned) = (try base.tensor(source), try tuned.tensor(source))
      let result = try merge(base, tuned, name)
      let draw = Draw(
        base: base.floats(), tuned: tuned.floats(), result: result,
        width: base.shape.last ?? 1)
      checkSize(of: draw, "\(method) \(name), seed \(seed)")
      checkShares(draw, facts, "\(method) \(name), seed \(seed)")
    }
  }

  /// Every element is the base, or the base plus one constant times Δ.
  private func checkSize(of draw: Draw, _ note: String) {
    let whole = draw.deltas.reduce(0) { $0 + abs($1) }
    let left = draw.deltas.indices.reduce(0) { $0 + (draw.isKept($1) ? abs(draw.deltas[$1]) : 0) }
    let factor = (rescales ? whole / left : 1) * weight
    for (index, delta) in draw.deltas.enumerated() {
      let moved = draw.moves[index]
      let wanted = draw.isKept(index) ? factor * delta : 0
      // Base and result are rounded to f32.
      let bound = 2e-7 * (abs(Double(draw.base[index])) + abs(wanted)) + 1e-6 * abs(wanted)
      guard abs(moved - wanted) <= bound else {
        Issue.record("\(note) [\(index)]: moved \(moved), expected \(wanted)")
        return
      }
    }
    if rescales {
      let ratio = draw.moves.reduce(0) { $0 + abs($1) } / whole
      #expect(abs(ratio / abs(weight) - 1) <= 1e-4, "\(note): L1 ratio \(ratio)")
    }
  }

  private func checkShares(_ draw: Draw, _ facts: JSON, _ note: String) {
    let all = draw.deltas.indices.filter { draw.deltas[$0] != 0 }
    expect(draw, all, density, "\(note), all")
    guard let lowest = facts["kept_lowest_quarter"]?.double,
      let highest = facts["kept_highest_quarter"]?.double
    else { return }
    let quarters = draw.outerQuarters()
    expect(draw, quarters.lowest, lowest, "\(note), lowest quarter")
    expect(draw, quarters.highest, highest, "\(note), highest quarter")
  }

  private func expect(_ draw: Draw, _ indices: [Int], _ p: Double, _ note: String) {
    let kept = Double(indices.filter { draw.isKept($0) }.count) / Double(indices.count)
    let bound = 5 * (p * (1 - p) / Double(indices.count)).squareRoot()
    #expect(abs(kept - p) <= bound, "\(note): \(kept) of \(p)")
  }
}

/// One merged tensor.
private struct Draw {
  let base: [Float]
  let deltas: [Double]
  let moves: [Double]
  let width: Int

  init(base: [Float], tuned: [Float], result: [Float], width: Int) {
    self.base = base
    self.width = width
    deltas = zip(tuned, base).map { Double($0) - Double($1) }
    moves = zip(result, base).map { Double($0) - Double($1) }
  }

  func isKept(_ index: Int) -> Bool { moves[index] != 0 }

  /// The elements of the lowest and the highest quarter of ranks in their rows.
  func outerQuarters() -> (lowest: [Int], highest: [Int]) {
    var (lowest, highest) = ([Int](), [Int]())
    for start in stride(from: 0, to: deltas.count, by: width) {
      let order = (start..<start + width).sorted { abs(deltas[$0]) < abs(deltas[$1]) }
      lowest += order.prefix(width / 4)
      highest += order.suffix(width / 4)
    }
    return (lowest, highest)
  }
}
