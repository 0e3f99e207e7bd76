internal import Formats

/// What can be measured of a model over a few texts and stored beside its weights, so that a merge
/// needs no data afterwards.
public enum StatisticKind: String, Sendable, CaseIterable {
  /// Diagonal of the Fisher information of every weight, in the shape of the weight.
  case fisher
  /// Inner products xᵀx of the inputs of every linear layer, [in, in], under the layer's weight.
  case gram

  /// The file that holds it in the folder of a model.
  public func path(in folder: String) -> String { ModelStatistics.path(of: rawValue, in: folder) }
}
