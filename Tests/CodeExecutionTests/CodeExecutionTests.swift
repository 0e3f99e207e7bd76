import Foundation
import PluginAPI
import Processes
import Testing

@testable import CodeExecution

@Suite(.enabled(if: canRun)) struct CodeExecutionTests {
  private let double = "```python\ndef double(x):\n    return 2 * x\n```"

  @Test func countsTests() throws {
    let fields = tests(
      "assert double(1) == 2", "assert double(2) == 5", "assert double('a') == 'aa'")
    let score = try judged(fields, double)
    #expect(score.value == Float(2) / 3 && score.failure == nil)
    #expect(score.part("passed") == 2 && score.part("tests") == 3 && score.part("runs") == 1)
    #expect(score.error == "assertion")
    #expect(try judged(fields, double) { $0.score = .all }.value == 0)
    let right = tests("assert double(1) == 2")
    #expect(try judged(right, double) { $0.score = .all }.value == 1)
    #expect(try judged(right, double).error == nil)
  }

  @Test(arguments: [
    ("def f(:", "syntax"), ("import nothing_like_it", "import"), ("x = y", "name"),
    ("import math\nmath.nothing()", "attribute"), ("len(1, 2)", "argument"),
    ("def f(): return 2", "assertion"), ("1 / 0", "other"),
    ("open('/tmp/crucible-x', 'w')", "refused"),
    ("import os\nos.fork()", "refused"), ("import sys\nsys.exit(0)", "exit"),
    ("import os\nos._exit(0)", "exit"), ("while True: pass", "timeout"),
    ("import time\ntime.sleep(99)", "timeout"), ("x = bytearray(1 << 40)", "memory"),
    ("x = []\nwhile True: x.append(bytearray(1 << 20))", "memory"),
    ("import ctypes\nctypes.string_at(0)", "other"), ("", "name"), ("a\u{0}b", "other"),
  ])
  func namesTheFirstError(code: String, error: String) throws {
    // Only what shall run out of time gets little.
    let score = try judged(tests("assert f() == 1"), code) {
      $0.timeSeconds = error == "timeout" ? 1 : 60
    }
    #expect(score.value == 0 && score.failure == nil)
    // Python before 3.12 says ValueError to a null byte.
    #expect(score.error == error || code.contains("\u{0}"), "\(score)")
  }

  @Test func aTestThatHangsCostsTheRest() throws {
    let fields = tests("assert f(0) == 0", "assert f(1) == 1", "assert f(0) == 0")
    let code = "def f(x):\n    while x: pass\n    return x"
    let together = try judged(fields, code) { $0.timeSeconds = 1 }
    #expect(together.part("passed") == 1 && together.error == "timeout")
    let apart = try judged(fields, code) {
      $0.timeSeconds = 1
      $0.isolateTests = true
    }
    #expect(apart.part("passed") == 2 && apart.error == "timeout")
  }

  @Test func runsMBPPAndHumanEval() throws {
    let mbpp: JSONObject = [
      "test_list": ["assert area(start) == 6", "assert math.isclose(area((1, 1)), 1)"],
      "test_setup_code": "import math\nstart = (2, 3)",
    ]
    #expect(try judged(mbpp, "def area(p): return p[0] * p[1]").value == 1)
    let human: JSONObject = [
      "test": "def check(candidate):\n    assert candidate([1, 2]) == 3\n", "entry_point": "total",
    ]
    let prompt = "from typing import List\n\ndef total(x: List[int]) -> int:\n"
    #expect(try judged(human, "    return sum(x)\n", prompt: prompt).value == 1)
    #expect(try judged(human, "    return 0\n", prompt: prompt).value == 0)
    let whole = "```python\ndef total(x: List[int]):\n    return sum(x)\n```"
    #expect(try judged(human, whole, prompt: prompt).value == 1)
  }

  @Test func comparesOutput() throws {
    let fields = pairs(("3 4\n", "7"), ("1 1\n", "2\n"), ("0 0", "1"))
    let code = "a, b = map(int, input().split())\nprint(a + b, ' ')\n"
    let score = try judged(fields, code)
    #expect(score.part("passed") == 2 && score.part("runs") == 1 && score.error == "assertion")
    let broken = try judged(fields, "print(int(input()))")
    #expect(broken.value == 0 && broken.part("runs") == 0 && broken.error == "other")
    let flood = try judged(pairs(("", "x")), "while True: print('x' * 1000)") { $0.outputKb = 8 }
    #expect(flood.value == 0 && flood.error == "output")
  }

  @Test func tellsWhetherItRuns() throws {
    func runs(_ code: String) throws -> RewardScore { try judged([:], code) { $0.score = .runs } }
    #expect(try runs("print('no tests needed')").value == 1)
    #expect(try runs("x = missing").error == "name")
    #expect(try runs("import json\njson.loads('{')").error == "other")
    #expect(try runs("open('own', 'w').write('x')\nprint(open('own').read())").value == 1)
  }

  @Test func saysWhyARowCannotBeJudged() throws {
    let none = try judged([:], double)
    #expect(none.value.isNaN && none.failure?.contains("no 'tests'") == true)
    let broken = try judged(tests("assert ("), double)
    #expect(broken.value.isNaN && broken.failure?.contains("SyntaxError") == false)
    #expect(broken.failure?.contains("tests cannot be run") == true)
    let setup: JSONObject = ["test_list": ["assert 1"], "test_setup_code": "import nothing_at_all"]
    #expect(try judged(setup, double).failure?.contains("nothing_at_all") == true)
    let starved = try judged(tests("assert 1"), double) { $0.memoryMb = 4 }
    #expect(starved.failure != nil, "Python itself does not start: not the program's fault")
  }

  /// Prompts of HumanEval as chats show them: words before the code, or a fence around it.
  @Test(arguments: [
    "Complete this.\n```python\nSTUB```\nThank you.", "Complete this function:\n\nSTUB",
  ])
  func promptsMaySaySomethingBeforeTheirCode(form: String) throws {
    let stub = "from math import sqrt\n\ndef root(x):\n    \"\"\"The root.\"\"\"\n"
    let prompt = form.replacing("STUB", with: stub)
    let fields: JSONObject = [
      "entry_point": "root", "test": "def check(candidate):\n    assert candidate(9) == 3\n",
    ]
    for response in ["def root(x):\n    return sqrt(x)\n", "    return sqrt(x)\n"] {
      let found = try CodeExecutionReward(CodeExecutionReward.Options()).judge(
        [row(fields, response, prompt: prompt)])[0]
      #expect(found.value == 1, "\(response)")
    }
  }

  @Test func keepsOrderAndIsTheSameWithAnyWorkers() throws {
    let batch = (0..<6).map { row(tests("assert f() == \($0)"), "def f(): return \($0 % 4)") }
    for workers in [1, 3] {
      var options = CodeExecutionReward.Options()
      options.workers = workers
      #expect(try CodeExecutionReward(options).scores(batch) == [1, 1, 1, 1, 0, 0])
    }
    let hashes = "print(hash('x'), list({'a', 'b', 'c', 'd'}))"
    let seen = try (0..<2).map { _ in
      try Sandbox(CodeExecutionReward.Options(), readable: PythonInstallation("python3").folders)
        .run(Runner(CodeExecutionReward.Options()).command(source: hashes)).outputText
    }
    #expect(seen[0] == seen[1] && !seen[0].isEmpty)
  }

  @Test func identityFollowsWhatScoresDependOn() throws {
    func identity(_ change: (inout CodeExecutionReward.Options) -> Void) throws -> String {
      var options = CodeExecutionReward.Options()
      change(&options)
      return try CodeExecutionReward(options).identity
    }
    let plain = try identity { _ in }
    #expect(try identity { $0.workers = 3 } == plain)
    #expect(try identity { $0.timeSeconds = 3 } != plain)
    #expect(try identity { $0.score = .all } != plain)
    #expect(try identity { $0.unconfined = true } != plain)
  }
}

struct RunnerTests {
  @Test func refusesWhatCannotRun() throws {
    func problem(_ change: (inout CodeExecutionReward.Options) -> Void) -> Problem? {
      var options = CodeExecutionReward.Options()
      change(&options)
      return #expect(throws: Problem.self) { try CodeExecutionReward(options) }
    }
    #expect(problem { $0.command = ["node"] }?.what.contains("'command'") == true)
    let missing = problem {
      $0.command = ["no-such-interpreter", "{file}"]
      $0.extension = "x"
    }
    #expect(missing?.kind == .missingInput)
    let noPython = problem {
      $0.command = ["true", "{file}"]
      $0.language = .python
    }
    #expect(noPython?.what.contains("no Python") == true)
  }

  @Test func takesCommandsThatAreNotPythonForOtherLanguages() throws {
    var options = CodeExecutionReward.Options()
    options.command = ["sh", "{file}"]
    let runner = try Runner(options)
    #expect(!runner.isPython && runner.fenceNames.isEmpty)
    options.extension = "js"
    #expect(try Runner(options).fenceNames == ["js"])
  }

  @Test func saysWhichLayerIsMissing() throws {
    let lacking: (Confinement) throws(Problem) -> Void = { (layers) throws(Problem) in
      if layers.contains(.reading) { throw Problem(.badConfiguration, "no Landlock") }
    }
    var options = CodeExecutionReward.Options()
    let error = #expect(throws: Problem.self) {
      try Sandbox(options, readable: []).check(by: lacking)
    }
    #expect(error?.kind == .badConfiguration && error?.what == "no Landlock")
    #expect(error?.hint?.contains("'read_all: true'") == true)
    #expect(error?.hint?.contains("'unconfined: true'") == true)
    options.readAll = true
    try Sandbox(options, readable: []).check(by: lacking)
    options.readAll = false
    options.unconfined = true
    try Sandbox(options, readable: []).check(by: lacking)
  }

  @Test(.enabled(if: canRun && (try? ProcessCommand(["node"]).program()) != nil))
  func runsOtherLanguages() throws {
    func node(_ fields: JSONObject, _ code: String) throws -> RewardScore {
      try judged(fields, code) {
        $0.command = ["node", "{file}"]
        $0.extension = "js"
        $0.memoryMb = 0
      }
    }
    let fields = pairs(("21", "42"))
    let read = "```js\nconst text = require('fs').readFileSync(0, 'utf8')\n"
    #expect(try node(fields, read + "console.log(2 * Number(text))\n```").value == 1)
    #expect(try node(fields, read + "console.log(missing)\n```").error == "name")
    #expect(try node(fields, "require('child_process').execSync('ls')").value == 0)
    #expect(try node(tests("assert f()"), "").failure?.contains("are Python") == true)
  }

  @Test(.enabled(if: canRun)) func runsShellScriptsThatStartPrograms() throws {
    let score = try judged(pairs(("b\na\n", "a\nb")), "sort | cat") {
      $0.language = .shell
      $0.processes = 64
    }
    #expect(score.value == 1)
    #expect(try judged(pairs(("", "")), "sort | cat") { $0.language = .shell }.value == 0)
  }
}
