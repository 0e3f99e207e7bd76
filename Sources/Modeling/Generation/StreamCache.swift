internal import Kernels

/// Keys and values of one stream of tokens in every layer.
///
/// The first segment is the prompt's and is shared by all samples of the prompt; what a sample
/// adds goes to chunks of its own, made as they are needed.
final class StreamCache {
  /// Segments of each layer, in the order of positions.
  private(set) var layers: [[CacheSegment]]
  /// Positions that every layer holds.
  private(set) var length: Int
  /// Rows left in the last chunk.
  private var room = 0
  private static let chunkRows = 32

  /// A stream that goes on after `prompt`, one segment a layer.
  init(prompt: [CacheSegment]) {
    layers = prompt.map { [$0] }
    length = prompt.first?.count ?? 0
  }

  /// Makes sure that one more position fits.
  func makeRoom() {
    guard room == 0 else { return }
    for layer in layers.indices {
      let shape = [Self.chunkRows, layers[layer][0].keys.width]
      layers[layer].append(
        CacheSegment(keys: Tensor(zeros: shape), values: Tensor(zeros: shape), count: 0))
    }
    room = Self.chunkRows
  }

  /// Stores the next position's key and value [1, width] of `layer`.
  func store(key: Tensor, value: Tensor, layer: Int) {
    let last = layers[layer].count - 1
    let place = layers[layer][last].count
    storeRows(key, in: layers[layer][last].keys, at: [place])
    storeRows(value, in: layers[layer][last].values, at: [place])
    layers[layer][last].count = place + 1
  }

  /// Every layer has stored the position.
  func advance() {
    length += 1
    room -= 1
  }
}
