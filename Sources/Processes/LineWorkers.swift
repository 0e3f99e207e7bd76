public import Formats
public import Kernels
internal import Synchronization

/// How children are run that answer JSON lines.
public struct LineSettings: Sendable {
  /// What messages call the program.
  public var name: String
  public var command: ProcessCommand
  /// Children side by side, ≥ 1.
  public var workers = 1
  /// Rows that a child may hold unanswered, ≥ 1: the next ones lie in its pipe while it works.
  public var window = 1
  /// Seconds that a child may take for an answer, from its last one on.
  public var deadlineSeconds = 60.0
  /// Seconds on top for the first answer of a child, which may have to load something.
  public var startSeconds = 0.0
  /// How often, in all, a child may be started again. What it counts are ends and missed deadlines.
  public var restarts = 20
  /// Longest answer, in bytes.
  public var lineLimit = 1 << 20
  /// A line that every fresh child is sent first and answers before it gets rows.
  public var greeting: JSONObject?

  public init(name: String, command: ProcessCommand) {
    self.name = name
    self.command = command
  }
}

/// What became of a row.
public enum LineAnswer: Sendable, Equatable {
  case reply(JSONObject)
  /// Why there is none, in one line.
  case failure(String)
}

/// What became of all rows of a call.
public struct LineAnswers: Sendable {
  /// One a row, in order.
  public var answers: [LineAnswer]
  /// Why the work was stopped: restarts used up, or a program that does not keep to the protocol.
  /// Rows it had answered before have their replies, the others failures.
  public var problem: Problem?
}

/// Children that each answer a JSON object a line with a JSON object a line.
///
/// A row is sent with `index`, its place in the call. A reply without `index` answers the row that
/// its child has held longest; one with `index` answers that row, so that a program may answer in
/// another order. Which child gets which row depends on how fast they are; replies are returned by
/// row, so a program whose answer depends on its row alone gives the same result every time.
///
/// A child that ends, misses the deadline, closes its output or writes a line that is too long is
/// ended and started again, at most `restarts` times in the life of this object. Rows it held are
/// tried once more, one at a time, so that the one at fault is found; a row that fails twice is
/// given up with its reason. Lines that are no JSON object stop the work: they are a fault of the
/// program, whose answers could not be told apart any longer. Children live until this object goes.
///
/// Calls from several threads wait for one another.
public final class LineWorkers: Sendable {
  private let pool: Mutex<LinePool>

  /// Starts nothing yet.
  public init(_ settings: LineSettings) { pool = Mutex(LinePool(settings)) }

  /// Sends every row to a child and collects the answers. Blocks until each row is answered or
  /// given up: at most about two deadlines a row.
  public func answer(_ rows: [JSONObject]) -> LineAnswers {
    pool.withLock { pool in
      var round = LineRound(rows)
      return round.run(in: &pool)
    }
  }

  /// What a child answers to the greeting, which must be set: starts one if none runs.
  ///
  /// Throws `Problem` (66, 78) when it cannot be started or does not answer; it is not tried again.
  public func greet() throws(Problem) -> JSONObject {
    try pool.withLock { pool throws(Problem) in try pool.greet() }
  }

  deinit {
    pool.withLock { $0.close() }
  }
}

/// The children, and what is left of their restarts.
struct LinePool {
  let settings: LineSettings
  var workers: [LineWorker]
  /// Starts so far that followed an end.
  private(set) var restarts = 0
  /// Whether any row was ever answered: a program that never did is broken, not unlucky.
  private(set) var hasAnswered = false

  init(_ settings: LineSettings) {
    self.settings = settings
    workers = (0..<max(1, settings.workers)).map { _ in LineWorker() }
  }

  mutating func noteAnswer() { hasAnswered = true }

  /// Gives worker `index` a child if it has none. Throws when restarts are used up.
  mutating func start(_ index: Int) throws(Problem) {
    if let loss = workers[index].loss {
      guard restarts < settings.restarts else { throw exhausted(after: loss) }
      restarts += 1
    }
    try workers[index].start(settings)
  }

  mutating func greet() throws(Problem) -> JSONObject {
    if workers[0].greeting == nil { try workers[0].start(settings) }
    while workers[0].greeting == nil {
      workers[0].push()
      ChildProcess.wait(
        for: [workers[0].child].compactMap(\.self), writing: [workers[0].isWriting],
        milliseconds: workers[0].milliseconds(settings))
      var event = try workers[0].pull(settings)
      if event.loss == nil { event.loss = workers[0].overdue(settings) }
      if let loss = event.loss {
        workers[0].end()
        throw Problem(.badConfiguration, at: settings.name, "it does not start: it \(loss.report)")
      }
    }
    return workers[0].greeting ?? [:]
  }

  /// Asks every child to end by closing its input, and ends those that do not.
  mutating func close() {
    let children = workers.compactMap(\.child)
    for child in children { child.closeInput() }
    let deadline = ContinuousClock.now + .milliseconds(300)
    while children.contains(where: { $0.poll() == nil }), ContinuousClock.now < deadline {
      ChildProcess.wait(for: [], writing: [], milliseconds: 2)
    }
    for index in workers.indices { workers[index].end() }
  }

  private func exhausted(after loss: LineLoss) -> Problem {
    let count =
      settings.restarts == 1 ? "its one restart is" : "its \(settings.restarts) restarts are"
    let state = settings.restarts == 0 ? "it may not be started again" : "\(count) used up"
    var problem = Problem(
      hasAnswered ? .interrupted : .badConfiguration, at: settings.name,
      "\(state); the last child \(loss.report)")
    problem.hint =
      loss.exit == .code(0)
      ? "it must go on answering lines until its input ends"
      : hasAnswered
        ? "mend it or allow more restarts"
        : "it has not answered a single row: try it by hand with one line on its input"
    return problem
  }
}
