internal import Formats
internal import Kernels

/// Why a child is of no use any longer.
struct LineLoss {
  /// What it did.
  var what: String
  /// The lines at the end of its stderr.
  var words: [String] = []
  var exit: ProcessExit?

  /// One line, with the child's last words.
  var reason: String { "\(what)\(words.last.map { "; it wrote: \(excerpt($0))" } ?? "")" }
  /// The same with more of its words.
  var report: String {
    words.isEmpty
      ? what : "\(what); it wrote: \(excerpt(words.joined(separator: " | "), limit: 600))"
  }
}

/// What a look at a child's output brought.
struct LineEvent {
  var answers: [(row: Int, answer: LineAnswer)] = []
  var loss: LineLoss?
}

/// One child with the rows it holds.
struct LineWorker {
  private(set) var child: ChildProcess?
  /// Rows it has been given and has not answered, oldest first.
  private(set) var rows: [Int] = []
  /// Whether the row it holds is one that is tried again.
  var isRetrying = false
  /// What this child answered to the greeting, empty where there is none; nil before that.
  private(set) var greeting: JSONObject?
  /// How the child before this one was lost.
  private(set) var loss: LineLoss?
  private var hasAnswered = false
  private var unsent: ArraySlice<UInt8> = []
  private var received: [UInt8] = []
  /// Bytes of `received` known to hold no line end.
  private var scanned = 0
  private var lastProgress = ContinuousClock.now
  /// Until when it gets no rows: a program that answers twice shows it at its first row.
  private var quietUntil: ContinuousClock.Instant?

  private static let unsentLimit = 1 << 20
  private static let quietTime = Duration.milliseconds(5)

  var isWriting: Bool { !unsent.isEmpty }

  /// Whether it takes one more row of first attempts. A child's first row goes alone: until it is
  /// answered, nobody knows that the program answers at all.
  func hasRoom(_ window: Int) -> Bool {
    guard child != nil, greeting != nil, !isRetrying, !isQuiet else { return false }
    return rows.isEmpty || (hasAnswered && rows.count < window && unsent.count < Self.unsentLimit)
  }

  private var isQuiet: Bool { quietUntil.map { ContinuousClock.now < $0 } ?? false }

  // MARK: - Life

  mutating func start(_ settings: LineSettings) throws(Problem) {
    self = LineWorker()
    child = try ChildProcess(settings.command)
    lastProgress = .now
    guard let line = settings.greeting else {
      greeting = [:]
      return
    }
    send(.object(line))
  }

  mutating func end() {
    child?.kill()
    self = LineWorker()
  }

  /// Ends a child that is of no use any longer.
  /// - Returns: The rows it held.
  mutating func lose(_ loss: LineLoss) -> [Int] {
    let held = rows
    end()
    self.loss = loss
    return held
  }

  // MARK: - Sending

  mutating func give(_ row: Int, _ content: JSONObject) {
    var content = content
    content["index"] = .int(Int64(row))
    if rows.isEmpty { lastProgress = .now }
    rows.append(row)
    send(.object(content))
  }

  private mutating func send(_ line: JSON) {
    if unsent.isEmpty { unsent = [] }
    unsent += Array(line.serialized().utf8)
    unsent.append(UInt8(ascii: "\n"))
    push()
  }

  /// Gives the child what its pipe takes.
  mutating func push() {
    while !unsent.isEmpty {
      guard let taken = child?.send(unsent.prefix(1 << 16)) else {
        // It reads no more; its end, or the deadline, will tell.
        unsent = []
        return
      }
      if taken == 0 { return }
      unsent = unsent.dropFirst(taken)
    }
  }

  // MARK: - Receiving

  /// Takes what the child has written. Throws when that is no answer to anything.
  mutating func pull(_ settings: LineSettings) throws(Problem) -> LineEvent {
    var event = LineEvent()
    guard let child else { return event }
    // Asked first: what it wrote before its end is in the pipe by now.
    let hasEnded = child.poll() != nil
    var isOpen = true
    // A child that floods its output must not keep us here.
    for _ in 0..<(hasEnded ? 1024 : 16) {
      let count = child.receive(into: &received)
      try takeLines(settings, &event)
      isOpen = count != nil
      if (count ?? 0) == 0 || event.loss != nil { break }
    }
    if event.loss == nil, hasEnded || !isOpen { event.loss = ended(child) }
    return event
  }

  private mutating func takeLines(
    _ settings: LineSettings, _ event: inout LineEvent
  ) throws(Problem) {
    var start = 0
    while let end = received[max(start, scanned)...].firstIndex(of: UInt8(ascii: "\n")) {
      guard end - start <= settings.lineLimit else { break }
      let line = Array(received[start..<end])
      if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
        try take(line, settings, &event)
      }
      start = end + 1
      scanned = start
    }
    received.removeFirst(start)
    scanned = received.count
    if received.count > settings.lineLimit {
      event.loss = lost("wrote a line of more than \(settings.lineLimit) bytes")
    }
  }

  private mutating func take(
    _ line: [UInt8], _ settings: LineSettings, _ event: inout LineEvent
  ) throws(Problem) {
    let reply = try LineReply(line, from: settings.name)
    lastProgress = .now
    if greeting == nil {
      guard case .reply(let object) = reply.answer else {
        throw LineReply.stray(line, from: settings.name)
      }
      greeting = object
      return
    }
    let place = reply.index.map { rows.firstIndex(of: $0) } ?? rows.indices.first
    guard let place else {
      throw LineReply.surplus(line, index: reply.index, from: settings.name)
    }
    event.answers.append((rows.remove(at: place), reply.answer))
    isRetrying = false
    quietUntil = hasAnswered ? nil : .now + Self.quietTime
    hasAnswered = true
  }

  // MARK: - Losses

  /// The loss of a child that has not answered in time; nil while there is time.
  func overdue(_ settings: LineSettings) -> LineLoss? {
    guard let seconds = allowedSeconds(settings),
      ContinuousClock.now >= lastProgress + .seconds(seconds)
    else { return nil }
    var what = "gave no answer within \(Self.text(seconds)) s"
    if !hasAnswered { what += " (does it flush its output after every line?)" }
    return lost(what)
  }

  /// How long to wait for something to happen.
  func milliseconds(_ settings: LineSettings) -> Int {
    // Not longer: a child may end while what it started holds its output open.
    let longest = isQuiet ? 5.0 : 100.0
    guard let seconds = allowedSeconds(settings) else { return Int(longest) }
    let left = (lastProgress + .seconds(seconds) - .now).components
    let milliseconds = Double(left.seconds) * 1e3 + Double(left.attoseconds) / 1e15
    return Int(min(longest, max(1, milliseconds.rounded(.up))))
  }

  /// Seconds from its last answer on; nil when it owes none.
  private func allowedSeconds(_ settings: LineSettings) -> Double? {
    guard child != nil, greeting == nil || !rows.isEmpty else { return nil }
    return settings.deadlineSeconds + (hasAnswered ? 0 : settings.startSeconds)
  }

  /// Its output is at its end: it has ended, or will in a moment, or has closed it.
  private func ended(_ child: ChildProcess) -> LineLoss {
    let deadline = ContinuousClock.now + .milliseconds(500)
    while child.poll() == nil, ContinuousClock.now < deadline {
      ChildProcess.wait(for: [child], writing: [false], milliseconds: 1)
    }
    guard let exit = child.poll() else { return lost("closed its output") }
    var loss = lost("ended with \(exit)")
    loss.exit = exit
    return loss
  }

  private func lost(_ what: String) -> LineLoss {
    guard let child else { return LineLoss(what: what) }
    child.kill()
    ChildProcess.wait(for: [child], writing: [false], milliseconds: 0)
    let lines = child.errorText.split(whereSeparator: \.isNewline)
      .map { String($0.trimmingPrefix(while: \.isWhitespace)) }.filter { !$0.isEmpty }
    return LineLoss(what: what, words: lines.suffix(6))
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() && seconds < 1e9 ? "\(Int(seconds))" : "\(seconds)"
  }
}
