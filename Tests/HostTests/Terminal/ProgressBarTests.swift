import Testing

@testable import Host

struct ProgressBarTests {
  @Test func redrawsOneLineWhereAPersonWatches() {
    let test = TestConsole(isInteractive: true)
    let bar = ProgressBar("sampling", total: 200, unit: "prompts", console: test.console)
    #expect(test.output() == "\rsampling  [--------------------]    0%  0/200 prompts\u{1B}[K")
    test.pass(10)
    bar.advance(by: 50)
    let line = "sampling  [#####---------------]   25%  50/200 prompts  5.00/s  30.0 s left"
    #expect(test.output() == "\r\(line)\u{1B}[K")
    test.pass(0.05)
    bar.advance()
    #expect(test.output() == "", "at most ten times a second")
    test.pass(9.95)
    bar.update(to: 200)
    bar.finish()
    #expect(test.output().hasSuffix("\r\u{1B}[Ksampling  200/200 prompts in 20.0 s, 10.0/s\n"))
  }

  @Test func fitsTheTerminal() {
    let test = TestConsole(isInteractive: true, width: 30)
    let bar = ProgressBar("a long title", total: 10, console: test.console)
    _ = test.output()
    test.pass(1)
    bar.advance(note: "loss 0.25")
    #expect(test.output() == "\ra long title  [##-----------…\u{1B}[K")
  }

  @Test func writesALineEveryTenSecondsElsewhere() {
    let test = TestConsole(isInteractive: false, width: nil)
    let bar = ProgressBar("train", total: 1000, unit: "steps", console: test.console)
    #expect(test.output() == "")
    for _ in 0..<25 {
      test.pass(1)
      bar.advance(note: "loss 0.5")
    }
    #expect(
      test.output()
        == "train    1%  10/1,000 steps  1.00/s  16m 30s left  loss 0.5\n"
        + "train    2%  20/1,000 steps  1.00/s  16m 20s left  loss 0.5\n")
    bar.finish()
    bar.finish()
    #expect(test.output() == "train  25/1,000 steps in 25.0 s, 1.00/s  loss 0.5\n")
  }

  @Test func whatWasThereIsNotPartOfTheRate() {
    let test = TestConsole(isInteractive: false)
    let bar = ProgressBar("score", total: 100, reused: 90, console: test.console)
    test.pass(10)
    bar.advance(by: 5)
    #expect(test.output() == "score   95%  95/100  0.50/s  10.0 s left\n")
    bar.finish()
    #expect(test.output() == "score  95/100 in 10.0 s, 0.50/s, 90 of them reused\n")
  }

  @Test func saysNothingOfNoWork() {
    let test = TestConsole(isInteractive: true)
    ProgressBar("sampling", total: 0, console: test.console).finish()
    #expect(test.output() == "")
  }

  @Test func isSilentWhenAsked() {
    let test = TestConsole(isInteractive: true)
    test.console.verbosity = .quiet
    let bar = ProgressBar("score", total: nil, console: test.console)
    test.pass(60)
    bar.advance()
    bar.finish()
    #expect(test.output() == "")
  }
}
