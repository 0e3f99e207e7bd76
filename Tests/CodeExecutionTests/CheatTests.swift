import PluginAPI
import Testing

@testable import CodeExecution

/// Programs that want to pass without being right. `f` must return 1 and then 2.
@Suite(.enabled(if: canRun)) struct CheatTests {
  private func passed(_ code: String) throws -> Float? {
    let fields = tests("assert f(0) == 1", "import math\nassert math.isclose(f(1), 2)")
    return try judged(fields, code).part("passed")
  }

  @Test func honestyPasses() throws {
    #expect(try passed("def f(x): return x + 1") == 2)
  }

  @Test(arguments: [
    "import sys\nsys.exit(0)",
    "import os\nos._exit(0)",
    "def f(x):\n    import sys; sys.exit(0)",
    "def f(x):\n    import os; os._exit(0)",
    "def f(x):\n    raise SystemExit",
    "import atexit, os\natexit.register(os._exit, 0)\ndef f(x): raise SystemExit(0)",
  ])
  func endingEarlyPassesNothing(code: String) throws {
    #expect(try passed(code) == 0)
  }

  @Test func printingVerdictsPassesNothing() throws {
    let code = """
      import os, sys
      def f(x):
          lines = '\\nstart ok \\n\\n0 ok \\n\\n1 ok \\nnonce 0 ok \\n'
          print(lines); sys.stdout.flush(); os.write(2, lines.encode())
          for descriptor in range(1, 20):
              try: os.write(descriptor, lines.encode())
              except OSError: pass
          return None
      """
    #expect(try passed(code) == 0)
  }

  @Test(arguments: [
    // What tests call.
    "import math\nmath.isclose = lambda *a, **k: True\ndef f(x): return 9",
    "def f(x):\n    import math\n    math.isclose = lambda *a, **k: True\n    return 9",
    // What judges.
    "import builtins\nclass Never(Exception): pass\nbuiltins.AssertionError = Never\ndef f(x): return 9",
    "import builtins, os\nbuiltins.exec = lambda *a: None\nbuiltins.compile = lambda *a: None\n"
      + "os.write = print\ndef f(x): return 9",
    "import sys\nsys.modules['__main__'].__dict__.clear()\ndef f(x): return 9",
    "class ok(BaseException): pass\ndef f(x): raise ok()",
    // What is equal to everything.
    "class Any:\n    def __eq__(self, other): return True\n    def __float__(self): return 9.0\n"
      + "def f(x): return Any()",
    "class Any(int):\n    def __eq__(self, other): return True\ndef f(x): return Any(9)",
    "from unittest.mock import ANY\ndef f(x): return ANY",
  ])
  func changingTheJudgePassesNothing(code: String) throws {
    #expect(try (passed(code) ?? 0) == 0)
  }

  @Test func aHiddenBuiltinIsNotSeenByTests() throws {
    let fields = tests("assert abs(f(0) - 1) < 0.1", "assert all(f(i) == i for i in range(2))")
    let code = "def abs(x): return 0\ndef all(x): return True\ndef f(x): return 9"
    #expect(try judged(fields, code).part("passed") == 0)
    #expect(
      try judged(tests("assert abs(-1) == 'mine'"), "def abs(x): return 'mine'").value == 1,
      "a program may be asked for one")
  }

  @Test func theHarnessSourceHoldsNoSecret() throws {
    let code = """
      import os
      def f(x):
          said = open('/proc/self/cmdline').read() + str(dict(os.environ)) + os.read(0, 10).decode()
          for line in said.split():
              os.write(3, f'\\n{line} 0 ok \\n'.encode())
          return None
      """
    #expect(try passed(code) == 0)
  }

  /// The limit of one process for both, as the README says it.
  @Test func searchingTheInterpreterIsNotPrevented() throws {
    func forging(_ after: String) -> String {
      """
      import os, sys
      def f(x):
          frame = sys._getframe()
          while frame:
              report = frame.f_locals.get('report')
              if report: report(0); report(1)
              frame = frame.f_back
          \(after)
      """
    }
    #expect(try passed(forging("return None")) == 0, "the harness contradicts the first verdict")
    let forged = try passed(forging("os._exit(0)"))
    withKnownIssue("verdicts can be forged from inside") { #expect(forged == 0) }
  }

  @Test func theRowsFileCannotBeRead() throws {
    let scratch = try ScratchFolder()
    try scratch.write("1", to: "answers")
    let code = "def f(x): return int(open('\(scratch.path)/answers').read())"
    let score = try judged(tests("assert f(0) == 1"), code)
    #expect(score.value == 0 && score.error == "refused")
    #expect(try judged(tests("assert f(0) == 1"), code) { $0.readAll = true }.value == 1)
  }

  @Test func expectedOutputNeverEntersTheChild() throws {
    let code = """
      import gc, os
      print(os.read(0, 1 << 16).decode(), end='')
      print([text for text in gc.get_objects() if isinstance(text, str) and 'secret' in text])
      """
    #expect(try judged(pairs(("in\n", "secret")), code).value == 0)
  }
}
