internal import Formats
internal import Kernels

/// One call: its rows, who has been tried, and what came of them.
struct LineRound {
  private let rows: [JSONObject]
  private var answers: [LineAnswer?]
  /// The next row that no child was given yet.
  private var next = 0
  /// Rows whose child was lost, oldest first: each goes alone.
  private var suspects: [Int] = []
  private var wasTried: [Bool]
  private var missing: Int

  init(_ rows: [JSONObject]) {
    self.rows = rows
    answers = Array(repeating: nil, count: rows.count)
    wasTried = Array(repeating: false, count: rows.count)
    missing = rows.count
  }

  mutating func run(in pool: inout LinePool) -> LineAnswers {
    var problem: Problem?
    do throws(Problem) {
      // What children said or did since the last call.
      for index in pool.workers.indices { try collect(from: index, in: &pool) }
      while missing > 0 {
        for index in pool.workers.indices { try hand(to: index, in: &pool) }
        wait(for: pool)
        for index in pool.workers.indices { try collect(from: index, in: &pool) }
      }
    } catch {
      problem = error
      // What they hold would be taken for answers to the rows of the next call.
      for index in pool.workers.indices { pool.workers[index].end() }
    }
    let unanswered = LineAnswer.failure("not judged, as the work was stopped before")
    return LineAnswers(answers: answers.map { $0 ?? unanswered }, problem: problem)
  }

  // MARK: - Giving

  private mutating func hand(to index: Int, in pool: inout LinePool) throws(Problem) {
    let hasWork = !suspects.isEmpty || next < rows.count
    if pool.workers[index].child == nil {
      guard hasWork else { return }
      try pool.start(index)
    }
    pool.workers[index].push()
    while let row = take(for: pool.workers[index], pool.settings.window) {
      pool.workers[index].isRetrying = wasTried[row]
      wasTried[row] = true
      pool.workers[index].give(row, rows[row])
    }
  }

  /// The row that `worker` gets now: one that is tried again when it holds none, else a new one.
  private mutating func take(for worker: LineWorker, _ window: Int) -> Int? {
    guard worker.hasRoom(window) else { return nil }
    if worker.rows.isEmpty, !suspects.isEmpty { return suspects.removeFirst() }
    guard next < rows.count else { return nil }
    next += 1
    return next - 1
  }

  private func wait(for pool: LinePool) {
    let active = pool.workers.filter { $0.child != nil }
    ChildProcess.wait(
      for: active.compactMap(\.child), writing: active.map(\.isWriting),
      milliseconds: active.map { $0.milliseconds(pool.settings) }.min() ?? 0)
  }

  // MARK: - Taking

  private mutating func collect(from index: Int, in pool: inout LinePool) throws(Problem) {
    guard pool.workers[index].child != nil else { return }
    var event = try pool.workers[index].pull(pool.settings)
    for (row, answer) in event.answers {
      settle(row, answer)
      pool.noteAnswer()
    }
    if event.loss == nil { event.loss = pool.workers[index].overdue(pool.settings) }
    guard let loss = event.loss else { return }
    let wasRetry = pool.workers[index].isRetrying
    for row in pool.workers[index].lose(loss) {
      if wasRetry {
        settle(row, .failure(loss.reason))
      } else {
        suspects.append(row)
      }
    }
  }

  private mutating func settle(_ row: Int, _ answer: LineAnswer) {
    if answers[row] == nil { missing -= 1 }
    answers[row] = answer
  }
}
