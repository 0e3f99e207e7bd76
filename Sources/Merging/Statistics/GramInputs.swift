internal import Modeling

/// What enters a linear layer, and the weights that it is multiplied with: query, key and value
/// share one input, gate and up another.
struct GramInput {
  /// The first of these weights that a forward pass meets.
  let weight: Variable
  let width: Int
  /// Where the products are stored: names of the checkpoint, those of fused projections once;
  /// weights stored [in, out] have `#transposed` behind them.
  private(set) var keys: [String]

  var byteCount: Int { 4 * width * width }

  /// The inputs of all linear layers in the order of computation, found by running one token. A
  /// head that is tied to the embedding is no layer of its own.
  static func all(of model: DecoderModel, token: Int32) -> [GramInput] {
    // Held until the end, so that no two inputs have the same storage after one another.
    var calls: [LinearCall] = []
    let tape = Tape(recording: false)
    tape.linearObserver = { calls.append($0) }
    let hidden = model.hidden(tape, ids: [token], layout: SequenceLayout(lengths: [1]))
    var inputs: [GramInput] = []
    var places: [ObjectIdentifier: Int] = [:]
    for call in calls {
      let storage = ObjectIdentifier(call.input.storage)
      if let place = places[storage] {
        inputs[place].add(key(call.weight, call.layout))
      } else {
        places[storage] = inputs.count
        inputs.append(
          GramInput(
            weight: call.weight, width: call.input.width, keys: [key(call.weight, call.layout)]))
      }
    }
    if let head = ownHead(of: model) {
      inputs.append(
        GramInput(weight: head, width: hidden.value.width, keys: [key(head, .outIn)]))
    }
    return inputs
  }

  /// The output head where it is a linear layer: not of classifiers, not of tied models.
  static func ownHead(of model: DecoderModel) -> Variable? {
    model.isClassifier || model.config.isHeadTied ? nil : model.head
  }

  private mutating func add(_ key: String) {
    // The parts of a fused projection have one name.
    if !keys.contains(key) { keys.append(key) }
  }

  private static func key(_ weight: Variable, _ layout: WeightLayout) -> String {
    // Behind a # stands which part of a fused projection it is.
    let name = (weight.name ?? "").prefix { $0 != "#" }
    return layout == .outIn ? String(name) : "\(name)#transposed"
  }
}
