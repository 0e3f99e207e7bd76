internal import CKernels
internal import Glibc
public import Kernels
internal import Synchronization

/// A safetensors file whose tensors are written in any order, by many threads at once, a run of
/// elements at a time. Its full size is reserved when it is made, so that a full disk is found
/// before the work and not in the middle of it.
///
/// The file is no finished one until all of it is written and synced: make it inside a staging
/// folder.
public final class PlacedTensorFile: Sendable {
  public let path: String
  /// In the order of the file: wider types first.
  public let descriptions: [TensorDescription]
  private let offsets: [String: Int]
  private let descriptor: Int32

  /// Makes the file, or opens the one that an interrupted run left when `reopening`.
  ///
  /// - Throws: `Problem`: 73 when there is no room or it cannot be made, 65 when the file to be
  ///   reopened is another one, 1 for names that come twice or types that the format lacks.
  public init(
    path: String, tensors: [TensorDescription], metadata: [String: String] = ["format": "pt"],
    reopening: Bool = false
  ) throws(Problem) {
    self.path = path
    descriptions = SafetensorsWriter.inFileOrder(tensors)
    let header = try SafetensorsWriter.header(descriptions, metadata, path: path)
    var offset = header.count
    var offsets: [String: Int] = [:]
    for tensor in descriptions {
      offsets[tensor.name] = offset
      offset += tensor.byteCount
    }
    self.offsets = offsets
    let flags = O_RDWR | O_CLOEXEC | (reopening ? 0 : O_CREAT | O_TRUNC)
    let descriptor = open(path, flags, 0o644)
    guard descriptor >= 0 else { throw creationProblem(path) }
    self.descriptor = descriptor
    if reopening {
      try checkHeader(header, total: offset)
    } else {
      try reserve(offset)
      try header.withUnsafeBytes { bytes in
        Result { () throws(Problem) in try write(bytes, at: 0) }
      }.get()
    }
  }

  deinit { close(descriptor) }

  /// Writes `values` as the tensor's type from its element `start` on.
  /// [any thread, concurrently, on runs that do not overlap]
  ///
  /// - Throws: `Problem` (73, 74).
  public func write(
    _ values: Vector, of tensor: TensorDescription, from start: Int, scratch arena: VectorArena
  ) throws(Problem) {
    let offset = place(of: tensor) + start * tensor.dtype.blockBytes
    try values.withEncoded(as: tensor.dtype, scratch: arena) { bytes in
      Result { () throws(Problem) in try write(bytes, at: offset) }
    }.get()
  }

  /// Writes the bytes of a whole tensor, which has the type and shape of the description.
  public func write(_ values: Tensor, of tensor: TensorDescription) throws(Problem) {
    precondition(
      values.dtype == tensor.dtype && values.shape == tensor.shape,
      "\(values.shape) of \(values.dtype) where \(tensor) was announced")
    let offset = place(of: tensor)
    try values.withBytes { bytes in
      Result { () throws(Problem) in try write(bytes, at: offset) }
    }.get()
  }

  /// Makes all that was written durable.
  public func sync() throws(Problem) {
    guard fdatasync(descriptor) == 0 else { throw systemProblem("save", path) }
  }

  private func place(of tensor: TensorDescription) -> Int {
    guard let offset = offsets[tensor.name] else {
      preconditionFailure("\(tensor.name) was not announced")
    }
    return offset
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Problem) {
    var done = 0
    while let base = bytes.baseAddress, done < bytes.count {
      let written = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
      if written < 0 {
        if errno == EINTR { continue }
        throw systemProblem("write", path)
      }
      done += written
    }
  }

  /// File systems that cannot reserve blocks only get the size.
  private func reserve(_ bytes: Int) throws(Problem) {
    let number = ck_reserve(descriptor, Int64(bytes))
    if number == 0 { return }
    guard number == EOPNOTSUPP || number == ENOSYS || number == EINVAL else {
      throw systemProblem("reserve \(bytes) bytes", path, number)
    }
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw systemProblem("enlarge", path) }
  }

  private func checkHeader(_ header: [UInt8], total: Int) throws(Problem) {
    var status = stat()
    var found = [UInt8](repeating: 0, count: header.count)
    let read = pread(descriptor, &found, header.count, 0)
    guard fstat(descriptor, &status) == 0, Int(status.st_size) == total, read == header.count,
      found == header
    else {
      throw Problem(
        .badData, at: path, "is not the file that this work left",
        hint: "start over without resuming")
    }
  }
}

/// Bytes that the file system of `path` has left for this user, nil when it does not tell.
public func freeBytes(at path: String) -> Int? {
  var status = statvfs()
  guard statvfs(path, &status) == 0 else { return nil }
  return Int(
    clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
      .partialValue)
}
