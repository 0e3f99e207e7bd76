import PluginAPI

/// A rule that decides which elements of a task vector stay.
protocol Sparsifier {
  /// How the passes that apply its masks cut the tensor.
  static var division: MergeDivision { get }

  /// Decides for one task vector; may pass over its elements.
  ///
  /// - Throws: `Problem` for parameters that cannot work.
  func sparsity<Input>(of vector: TaskVector<Input>) throws -> Sparsity
}

/// What stays of one task vector.
enum Sparsity {
  /// Zeroes what is dropped from a block of the task vector.
  typealias Mask = (_ delta: Vector, _ block: MergeBlock) -> Void

  case all
  case nothing
  case masked(Mask)
}

/// Nothing is dropped.
struct KeepAll: Sparsifier {
  static let division = MergeDivision.elements

  func sparsity<Input>(of vector: TaskVector<Input>) -> Sparsity { .all }
}

/// floor(fraction · count) in −count…count: fractions outside −1…1 count as the nearer of them.
/// In f64, as the numbers of a config are.
func share(_ fraction: Double, of count: Int) -> Int {
  let limit = Double(count)
  return Int(min(limit, max(-limit, fraction * limit)))
}
