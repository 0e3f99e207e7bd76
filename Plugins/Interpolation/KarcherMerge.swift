import Foundation
import PluginAPI

/// The Riemannian (Karcher) mean of all models' directions on the sphere, at their mean length
/// (arXiv 2603.04972). A base model is one more input; all weigh the same.
///
/// From m = Σ βuᵢ/‖·‖ on, with θᵢ the angle between m and uᵢ: T = Σ β(θᵢ/sin θᵢ)(uᵢ − cos θᵢ · m),
/// m ← cos‖T‖ · m + sin‖T‖ · T/‖T‖, at most `max_iter` times, until ‖T‖ < `tol`. Then
/// Y = mean(nᵢ) · m.
///
/// As in mergekit 0.1.5: inputs no longer than `tol` have no direction but count in the mean
/// length; where directions cancel the first is the start; angles below `tol` are taken as 0.
/// An input opposite to m, where mergekit multiplies infinity by 0, is passed over. m stays in the
/// span of the uᵢ, so it is iterated as coefficients with their Gram matrix: two passes over the
/// data for any number of iterations.
struct KarcherMerge: MergeMethod {
  static let name = "karcher"
  static let summary = "The mean of all models' directions on the sphere, at their mean length."
  static let contract = MergeContract(base: .ignored, missing: .mergePresent)

  struct Options: PluginOptions {
    @Setting("Most iterations.") var maxIter = 10
    @Setting("Length of a step that ends the iteration, and of vectors without a direction.")
    var tol = 1e-5
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let sources = tensor.inputs.map(\.source)
    if sources.count == 1 { return try tensor.write(sources[0]) }
    let gram = tensor.gram(of: sources)
    let lengths = sources.indices.map { gram.length($0) }
    let kept = sources.indices.filter { lengths[$0] > options.tol && lengths[$0] > 0 }
    let scale = lengths.reduce(0, +) / Double(lengths.count)
    let mean = direction(GramMatrix(ofDirections: kept, in: gram))
    try tensor.write(
      zip(kept, mean).map { index, share in
        WeightedSource(source: sources[index], coefficient: scale * share / lengths[index])
      })
  }

  /// The mean direction as coefficients of the directions in `gram`.
  private func direction(_ gram: GramMatrix) -> [Double] {
    guard gram.size > 0 else { return [] }
    let share = 1 / Double(gram.size)
    var mean = [Double](repeating: share, count: gram.size)
    let length = gram.length(of: mean)
    if length < options.tol {
      mean = [1] + [Double](repeating: 0, count: gram.size - 1)
    } else {
      mean = mean.map { $0 / length }
    }
    for _ in 0..<max(0, options.maxIter) {
      let step = tangent(at: mean, gram, share)
      let length = gram.length(of: step)
      if length < options.tol || length == 0 { break }
      mean = zip(mean, step).map { cos(length) * $0 + sin(length) / length * $1 }
      let grown = gram.length(of: mean)
      if grown > options.tol { mean = mean.map { $0 / grown } }
    }
    return mean
  }

  /// T as coefficients.
  private func tangent(at mean: [Double], _ gram: GramMatrix, _ share: Double) -> [Double] {
    var (step, along) = ([Double](repeating: 0, count: gram.size), 0.0)
    for index in 0..<gram.size {
      let cosine = (0..<gram.size).reduce(0) { $0 + gram[index, $1] * mean[$1] }
      let angle = acos(min(1, max(-1, cosine)))
      // Nearer to π than f32 values can tell, a direction is any direction.
      if angle < options.tol || .pi - angle < 3e-7 { continue }
      let stretch = share * (angle < 1e-6 ? 1 : angle / sin(angle))
      step[index] = stretch
      along += stretch * cosine
    }
    return zip(step, mean).map { $0 - along * $1 }
  }
}

extension GramMatrix {
  /// Cosines between some of the vectors of `gram`, none of which is 0.
  init(ofDirections kept: [Int], in gram: GramMatrix) {
    self.init(size: kept.count) { row, column in
      let (i, j) = (kept[row], kept[column])
      return i == j ? 1 : gram[i, j] / (gram.length(i) * gram.length(j))
    }
  }
}
