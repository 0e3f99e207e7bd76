internal import Formats
public import Kernels

/// A saved state is one safetensors file: `weights.NAME`, `optimiser.NAME`, the reference's
/// log-probs (f64 [rows, sequences]), and in its metadata the step and a fingerprint of the run.
/// The order of rows and the learning rate follow from the step, so nothing else is needed.
extension Trainer {
  /// Writes weights, moments, step and reference log-probs to `path`, whole or not at all.
  public func saveState(to path: String) throws(Problem) {
    var tensors = policy.trainedWeights.enumerated().map {
      (name: Self.weightKey($1, $0), tensor: $1.value)
    }
    for (name, tensor) in optimiser.exportState().sorted(by: { $0.key < $1.key }) {
      tensors.append(("optimiser.\(name)", tensor))
    }
    if !referenceLogProbs.isEmpty {
      let values = referenceLogProbs.flatMap { $0 }
      let reference = Tensor(zeros: [rows.count, objective.sequencesPerRow], dtype: .f64)
      let place = reference.rawPointer.assumingMemoryBound(to: Double.self)
      for (index, value) in values.enumerated() { place[index] = value }
      tensors.append((Self.referenceKey, reference))
    }
    try SafetensorsWriter.write(
      tensors, to: path, metadata: ["step": "\(step)", "fingerprint": fingerprint])
  }

  /// Takes over what `saveState` wrote in a run with the same rows, objective and settings; call
  /// it before `run`, on a policy of the same shapes.
  /// - Throws: `Problem` when the file is damaged or belongs to another run; weights may then be
  ///   partly replaced.
  public func resume(from path: String) throws(Problem) {
    let file = try SafetensorsFile(path: path)
    guard file.metadata["fingerprint"] == fingerprint else {
      throw Problem(
        .badData, at: path, "is the state of another run",
        expected: "the same rows, objective, settings and seed",
        hint: "delete it to start this stage anew")
    }
    guard let saved = file.metadata["step"].flatMap(Int.init), (0...totalSteps).contains(saved)
    else {
      throw Problem(.badData, at: path, "names no step of this run of \(totalSteps) steps")
    }
    try loadWeights(file)
    try loadOptimiser(file)
    referenceLogProbs = try loadReference(file)
    guard !needsCachedReference || !referenceLogProbs.isEmpty || saved == 0 else {
      throw Problem(.badData, at: path, "lacks the reference's log-probabilities")
    }
    step = saved
  }

  private var needsCachedReference: Bool {
    objective.needsReference && settings.reference == .once
  }

  private func loadWeights(_ file: SafetensorsFile) throws(Problem) {
    for (index, weight) in policy.trainedWeights.enumerated() {
      let name = Self.weightKey(weight, index)
      let saved = try file.tensor(name)
      guard saved.dtype == .f32, saved.shape == weight.shape else {
        throw Problem(
          .badData, at: file.path,
          "\(quoted(name)) is \(saved.dtype) of shape \(saved.shape)",
          expected: "f32 of shape \(weight.shape)")
      }
      weight.value.floatPointer.update(from: saved.floatPointer, count: saved.count)
    }
  }

  private func loadOptimiser(_ file: SafetensorsFile) throws(Problem) {
    var state: [String: Tensor] = [:]
    for name in file.names where name.hasPrefix("optimiser.") {
      state[String(name.dropFirst("optimiser.".count))] = try file.tensor(name)
    }
    do {
      try optimiser.importState(state, source: file.path)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(.badData, at: file.path, "\(error)")
    }
  }

  private func loadReference(_ file: SafetensorsFile) throws(Problem) -> [[Double]] {
    guard file.entry(Self.referenceKey) != nil else { return [] }
    let saved = try file.tensor(Self.referenceKey)
    let width = objective.sequencesPerRow
    guard saved.dtype == .f64, saved.shape == [rows.count, width] else {
      throw Problem(
        .badData, at: file.path, "reference log-probs are of shape \(saved.shape)",
        expected: "f64 of shape [\(rows.count), \(width)]")
    }
    return saved.withBytes { bytes in
      let values = bytes.bindMemory(to: Double.self)
      return rows.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
  }

  /// A hash of everything that decides how the run goes on.
  private var fingerprint: String {
    var hash = FingerprintHash()
    var settings = settings
    settings.saveSteps = 0
    hash.add("\(settings)|\(objective.identity)|\(seed)|\(rows.count)")
    for (index, row) in rows.enumerated() where row.margin != 0 {
      hash.add("margin \(index) \(row.margin)")
    }
    for sequence in rows.lazy.flatMap(\.sequences) {
      hash.add(sequence.ids)
      hash.add(sequence.labels)
      if let targets = sequence.targets { hash.add(targets) }
    }
    return hash.text
  }

  private static func weightKey(_ weight: Variable, _ index: Int) -> String {
    "weights.\(weight.name ?? "\(index)")"
  }

  private static let referenceKey = "reference_log_probs"
}

/// FNV-1a over 64 bits: tells runs apart, proves nothing against an adversary.
private struct FingerprintHash {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ text: String) {
    for byte in text.utf8 { mix(UInt64(byte)) }
    mix(0x100)
  }

  mutating func add(_ ids: [Int32]) {
    mix(UInt64(ids.count))
    for id in ids { mix(UInt64(UInt32(bitPattern: id))) }
  }

  mutating func add(_ rows: SparseRows) {
    add("targets")
    for start in rows.starts { mix(UInt64(start)) }
    add(rows.ids)
    for value in rows.values { mix(UInt64(value.bitPattern)) }
  }

  private mutating func mix(_ value: UInt64) { state = (state ^ value) &* 0x100_0000_01b3 }

  var text: String { String(state, radix: 16) }
}
