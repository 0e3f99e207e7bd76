import Synchronization

/// How far a long job is, with rate and time left: one redrawn line where a person watches, else a
/// line every ten seconds at most. Safe to use from any thread.
///
///     sampling arithmetic  [#########-----------]  45%  120/268 prompts  3.2/s  46 s left
final class ProgressBar: Sendable {
  private let title: String
  private let unit: String
  private let total: Int?
  /// Items that were done before the clock started: not counted in the rate.
  private let reused: Int
  private let started: Double
  private let console: Console
  private let state: Mutex<State>

  private struct State {
    var done: Int
    var note = ""
    var shownAt: Double
    var isFinished = false
  }

  private static let redrawSeconds = 0.1
  private static let lineSeconds = 10.0
  private static let barColumns = 20

  /// - Parameters:
  ///   - total: Items in all; nil when that is not known.
  ///   - reused: Items that are done already, say found in the store.
  ///   - unit: Name of the items, for the reader.
  init(
    _ title: String, total: Int?, reused: Int = 0, unit: String = "",
    console: Console = .standard
  ) {
    self.title = DisplayWidth.printable(title)
    self.total = total
    self.reused = reused
    self.unit = unit
    self.console = console
    started = console.clock()
    state = Mutex(State(done: reused, shownAt: started))
    guard total != 0, console.settings.isInteractive else { return }
    show(State(done: reused, shownAt: started), at: started)
  }

  deinit { finish() }

  /// Counts `items` more. `note` stands at the end of the line until the next one: a loss, say.
  func advance(by items: Int = 1, note: String? = nil) {
    update(note) { $0.done += items }
  }

  /// Counts `items` in all.
  func update(to items: Int, note: String? = nil) {
    update(note) { $0.done = items }
  }

  /// Removes the bar from the screen and leaves one line that says what was done and how fast;
  /// nothing when there was nothing to do.
  func finish() {
    let last = state.withLock { state -> State? in
      if state.isFinished { return nil }
      state.isFinished = true
      return state
    }
    guard let last, total != 0 else { return }
    if console.settings.isInteractive { console.redraw("") }
    console.message(summary(last, at: console.clock()))
  }

  private func update(_ note: String?, _ change: (inout State) -> Void) {
    let now = console.clock()
    let interval = console.settings.isInteractive ? Self.redrawSeconds : Self.lineSeconds
    let shown = state.withLock { state -> State? in
      change(&state)
      if let note { state.note = note }
      guard !state.isFinished, now - state.shownAt >= interval else { return nil }
      state.shownAt = now
      return state
    }
    if let shown { show(shown, at: now) }
  }

  private func show(_ state: State, at now: Double) {
    let line = line(state, at: now)
    guard console.settings.isInteractive else { return console.message(line) }
    console.redraw(DisplayWidth.truncated(line, to: (console.settings.width ?? 80) - 1))
  }

  // MARK: - Text

  private func line(_ state: State, at now: Double) -> String {
    var parts = [title]
    if let total, total > 0 {
      let share = min(1, max(0, Double(state.done) / Double(total)))
      if console.settings.isInteractive { parts.append(bar(share)) }
      let percent = String(Int(share * 100)) + "%"
      parts.append(DisplayWidth.padded(percent, to: 4, trailing: true))
    }
    parts.append(counted(state.done))
    let rate = rate(state.done, at: now)
    if rate > 0 { parts.append(HumanFormat.rate(rate)) }
    if let total, rate > 0, total > state.done {
      parts.append(HumanFormat.duration(Double(total - state.done) / rate) + " left")
    }
    if !state.note.isEmpty { parts.append(DisplayWidth.printable(state.note)) }
    return parts.joined(separator: "  ")
  }

  private func summary(_ state: State, at now: Double) -> String {
    var text = "\(title)  \(counted(state.done)) in \(HumanFormat.duration(now - started))"
    let rate = rate(state.done, at: now)
    if rate > 0 { text += ", \(HumanFormat.rate(rate))" }
    if reused > 0 { text += ", \(HumanFormat.count(reused)) of them reused" }
    if !state.note.isEmpty { text += "  \(DisplayWidth.printable(state.note))" }
    return text
  }

  private func bar(_ share: Double) -> String {
    let filled = Int(share * Double(Self.barColumns))
    let hashes = String(repeating: "#", count: filled)
    return "[" + hashes + String(repeating: "-", count: Self.barColumns - filled) + "]"
  }

  private func counted(_ done: Int) -> String {
    let count = HumanFormat.count(done) + (total.map { "/" + HumanFormat.count($0) } ?? "")
    return unit.isEmpty ? count : "\(count) \(unit)"
  }

  /// New items a second.
  private func rate(_ done: Int, at now: Double) -> Double {
    let seconds = now - started
    return seconds > 0 ? max(0, Double(done - reused) / seconds) : 0
  }
}
