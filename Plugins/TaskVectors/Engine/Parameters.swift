import PluginAPI

/// Parameters of a tensor that the methods of the shared engine have in common. Each method has
/// defaults of its own for the first two.
struct MixOptions: PluginOptions {
  @Setting("Divides the sum of task vectors by the weights that went into it.")
  var normalize = false
  @Setting("Scales what is kept of a task vector up to the sum of magnitudes before dropping.")
  var rescale = false
  @Setting("Factor on the merged task vector.") var lambda = 1.0
  @Setting("Accepted for the sake of mergekit's configs; changes no value.") var int8Mask = false

  init() {}

  init(normalize: Bool, rescale: Bool) {
    self.normalize = normalize
    self.rescale = rescale
  }
}

/// Parameters of an input that take part in a weighted sum.
protocol WeightedParameters: PluginOptions {
  var weight: Double { get }
}

/// Parameters of an input.
struct DenseInput: WeightedParameters {
  @Setting("Factor on the model's task vector; may be negative.") var weight = 1.0
  @Setting("Share of the task vector's elements that stay; all from 1 on, none up to 0.")
  var density = 1.0
}
