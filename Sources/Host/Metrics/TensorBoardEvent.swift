/// One record of a TensorBoard event file: the version of the file, or the values of one step.
struct TensorBoardEvent: Equatable {
  struct Scalar: Equatable {
    /// `stage/metric`; TensorBoard groups charts by what stands before the first slash.
    var tag: String
    var value: Float
  }

  /// Seconds since 1970.
  var wallTime: Double
  var step: Int
  /// `brain.Event:2` in the first record of a file, else nil.
  var fileVersion: String?
  var scalars: [Scalar] = []

  /// What every file begins with.
  static func header(wallTime: Double) -> TensorBoardEvent {
    TensorBoardEvent(wallTime: wallTime, step: 0, fileVersion: "brain.Event:2")
  }
}

// Field numbers are those of TensorFlow's event.proto and summary.proto.
extension TensorBoardEvent {
  /// The event as a protobuf message.
  var message: [UInt8] {
    var event = ProtobufWriter()
    event.double(1, wallTime)
    event.integer(2, Int64(step))
    if let fileVersion { event.data(3, fileVersion.utf8) }
    if !scalars.isEmpty { event.data(5, summary) }
    return event.bytes
  }

  private var summary: [UInt8] {
    var summary = ProtobufWriter()
    for scalar in scalars {
      var value = ProtobufWriter()
      value.data(1, scalar.tag.utf8)
      value.float(2, scalar.value)
      summary.data(1, value.bytes)
    }
    return summary.bytes
  }

  /// Reads back what `message` wrote; fields of other writers are passed over.
  init(message: ArraySlice<UInt8>) {
    self.init(wallTime: 0, step: 0)
    var fields = ProtobufReader(message)
    while let (field, value) = fields.next() {
      switch (field, value) {
      case (1, .double(let time)): wallTime = time
      case (2, .integer(let number)): step = Int(number)
      case (3, .data(let version)): fileVersion = String(decoding: version, as: UTF8.self)
      case (5, .data(let summary)): scalars += Self.scalars(summary)
      default: break
      }
    }
  }

  private static func scalars(_ summary: ArraySlice<UInt8>) -> [Scalar] {
    var scalars: [Scalar] = []
    var values = ProtobufReader(summary)
    while case (1, .data(let value))? = values.next() {
      var scalar = Scalar(tag: "", value: 0)
      var fields = ProtobufReader(value)
      while let (field, value) = fields.next() {
        switch (field, value) {
        case (1, .data(let tag)): scalar.tag = String(decoding: tag, as: UTF8.self)
        case (2, .float(let number)): scalar.value = number
        default: break
        }
      }
      scalars.append(scalar)
    }
    return scalars
  }
}
