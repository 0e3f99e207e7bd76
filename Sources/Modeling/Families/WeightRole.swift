/// What a weight does in the decoder, whatever its family calls it.
enum WeightRole: String, Sendable, CaseIterable {
  case embedding, positions, finalNorm, head, score
  // Norms before and after each branch, of the layer they are in.
  case attentionNorm, attentionOutputNorm, mlpNorm, mlpOutputNorm
  case query, key, value, attentionOutput, queryNorm, keyNorm
  case gate, up, down
  // Of classifiers whose objectives are weighed by a gate; the gate's layers are numbered.
  case objectives, objectiveTransform, gating, gatingScale
}

/// The place of one tensor that the decoder computes with.
struct WeightSlot: Hashable, Sendable {
  var role: WeightRole
  /// nil for weights outside the layers.
  var layer: Int?
  var isBias = false
}
