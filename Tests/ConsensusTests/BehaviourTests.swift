import PluginAPI
import Testing

@testable import Consensus

private let limits = PythonRunner.Limits(secondsPerCall: 0.2, memoryBytes: 512 << 20)

/// Programs of these tests are ours, so that a machine that cannot confine runs them as well.
private func makeRunner() throws -> PythonRunner {
  do {
    return try PythonRunner(python: "python3", limits: limits, unconfined: false)
  } catch let problem as Problem where problem.kind == .badConfiguration {
    return try PythonRunner(python: "python3", limits: limits, unconfined: true)
  }
}

private let hasPython = (try? makeRunner()) != nil

@Suite(.enabled(if: hasPython, "install python3"))
struct BehaviourTests {
  let runner: PythonRunner

  init() throws { runner = try makeRunner() }

  private func outcomes(_ program: String, _ inputs: [String]) throws -> [Outcome] {
    switch try runner.run(program, name: "f", inputs: inputs) {
    case .outcomes(let outcomes): return outcomes
    case .failed(let reason): throw Problem(.failed, reason)
    }
  }

  private func refusal(_ program: String) throws -> String? {
    if case .failed(let reason) = try runner.run(program, name: "f", inputs: ["()"]) {
      reason
    } else {
      nil
    }
  }

  @Test func tellsApartTheTestVectors() throws {
    let descriptions = try runner.descriptions(
      of: [Programs.a], name: "f", prompt: "Sum a list: f([1, 2]) is 3.")
    let signature = Signature(descriptions)
    #expect(signature.parameters == [.list(.int)])
    #expect(signature.examples == ["([1, 2],)"])
    let inputs = signature.inputs(count: 40, random: CounterRNG(seed: 0))
    #expect(inputs.count == 40 && inputs.first == "([1, 2],)")
    #expect(Set(inputs).count == 40)
    let all = try [Programs.a, Programs.b, Programs.c, Programs.d].map {
      try outcomes($0, inputs)
    }
    #expect(counterexamples(all[0], all[1]) == 0)
    #expect(counterexamples(all[0], all[2]) == 0)
    for other in all[..<3] { #expect(counterexamples(other, all[3]) >= 6) }
    // They differ exactly where the sum is not 0.
    for (input, pair) in zip(inputs, zip(all[0], all[3])) {
      let isZero = pair.0.agrees(with: Outcome(.value(["number", 0])))
      #expect(pair.0.agrees(with: pair.1) == isZero, "\(input)")
    }
  }

  @Test func seesValuesExceptionsTimeoutsAndChangedArguments() throws {
    let program = """
      import time
      def f(kind, xs):
          if kind == 0: xs.append(1); return None
          if kind == 1: raise KeyError("no")
          if kind == 2:
              while True: pass
          if kind == 3: return (x for x in xs)
          if kind == 4: return {2: "b", 1: "a"}
          if kind == 5: raise SystemExit
          if kind == 6: return float("nan")
          return "\\ud800", 10 ** 30
      """
    let found = try outcomes(program, (0..<8).map { "(\($0), [7])" })
    #expect(found[0].agrees(with: Outcome(.value(["none"]), arguments: changed)))
    #expect(found[1] == Outcome(.raised("KeyError")))
    #expect(found[2] == Outcome(.timedOut))
    #expect(found[3].agrees(with: Outcome(.value(["iterator", ["number", 7]]))))
    #expect(found[4] != Outcome(.died))
    #expect(found[5] == Outcome(.raised("SystemExit")))
    #expect(found[6].agrees(with: found[6]))
    #expect(
      found[7] == Outcome(.value(["tuple", ["text", "\\ud800"], ["integer", big]])),
      "text that is no Unicode, a number no f64 holds")
  }

  private let changed: JSON = [
    "tuple", ["number", 0], ["list", ["number", 7], ["number", 1]],
  ]
  private let big: JSON = "0xc9f2c9cd04674edea40000000"

  @Test func comparesNumbersByValueAndStructureByKind() {
    func value(_ json: JSON) -> Outcome { Outcome(.value(json)) }
    #expect(value(["number", 1]).agrees(with: value(["number", 1.0000000001])))
    #expect(!value(["number", 1]).agrees(with: value(["number", 1.001])))
    #expect(!value(["list", ["number", 1]]).agrees(with: value(["tuple", ["number", 1]])))
    #expect(!value(["text", "1"]).agrees(with: value(["number", 1])))
    #expect(!value(["none"]).agrees(with: Outcome(.raised("ValueError"))))
    #expect(!value(["none"]).agrees(with: Outcome(.value(["none"]), arguments: ["list"])))
  }

  @Test func whatTheProcessDoesNotSurviveCostsOnlyWhatComesAfter() throws {
    let program = """
      import os
      def f(x):
          if x == 1: os._exit(3)
          return x
      """
    let found = try outcomes(program, ["(0,)", "(1,)", "(2,)"])
    #expect(found[0].agrees(with: Outcome(.value(["number", 0]))))
    #expect(found[1] == Outcome(.died) && found[2] == Outcome(.died))
  }

  @Test func keysAndElementsOfUnknownTypesAreValues() throws {
    var signature = Signature([])
    signature.parameters = [.set(.any), .dictionary(.any, .any), .dictionary(.list(.int), .any)]
    let inputs = signature.inputs(count: 40, random: CounterRNG(seed: 0))
    let found = try outcomes("def f(a, b, c): return 0", inputs)
    #expect(inputs.count == 40 && found.allSatisfy(\.isValue))
  }

  @Test func aBadInputCostsOnlyItself() throws {
    let found = try outcomes("def f(x): return x", ["({[]: 0},)", "(1,)"])
    #expect(found[0] == Outcome(.raised("BadInput")))
    #expect(found[1].isValue)
  }

  @Test func memoryIsLimited() throws {
    let found = try outcomes("def f(x):\n    return len(' ' * (x << 30))\n", ["(4,)", "(0,)"])
    #expect(found[0] == Outcome(.raised("MemoryError")))
    #expect(found[1].isValue)
  }

  @Test(arguments: [
    ("raise ValueError()", "raises ValueError when it is loaded"),
    ("x = 1", "does not define f"),
    ("while True: pass", "takes too long to load"),
    ("import os; os._exit(0)", "ends the process when it is loaded"),
    (
      "import os, sys; sys.stderr.write('ValueError\\n'); sys.stderr.flush(); os._exit(1)",
      "ends the process when it is loaded"
    ),
  ])
  func saysWhyAProgramCannotBeLoaded(program: String, reason: String) throws {
    #expect(try refusal(program) == reason)
  }

  @Test func candidatesCanSayNothingOnTheDriversOutput() throws {
    let program = """
      import os, sys
      print("{}")
      def f(x):
          print('{"value": 1}'); os.write(1, b'{"value": 2}\\n'); sys.stdin.read()
          return x
      """
    let found = try outcomes(program, ["(5,)"])
    #expect(found.count == 1 && found[0].agrees(with: Outcome(.value(["number", 5]))))
  }

  @Test func sameInputsGiveTheSameOutcomesEveryTime() throws {
    let program = """
      import random
      def f(x):
          return random.random(), {"a", "b", "c"}, hash("a")
      """
    #expect(try outcomes(program, ["(1,)", "(2,)"]) == outcomes(program, ["(1,)", "(2,)"]))
  }

  @Test func describesWithoutRunning() throws {
    let lines = try runner.descriptions(
      of: [
        "raise SystemExit", "def f(x, y: 'List[str]', z=1): pass", "def f(:", "def g(): pass",
        String(repeating: "(", count: 5000),
      ], name: "f", prompt: "def f(1): no call\n>>> f('a', [])\nf(1, [2]) == 3")
    #expect(lines.count == 5)
    #expect(lines[0]["error"]?.string == "does not define f")
    #expect(lines[1]["parameters"]?.array?.count == 3)
    #expect(lines[1]["parameters"]?.array?[2]["optional"]?.bool == true)
    #expect(
      lines[1]["examples"]?.array?.compactMap { $0["arguments"]?.string }
        == ["('a', [])", "(1, [2])"])
    #expect(lines[2]["error"]?.string?.hasPrefix("no Python") == true)
    #expect(lines[3]["functions"]?.array == ["g"])
    #expect(lines[4]["error"]?.string?.hasPrefix("no Python") == true)
  }

  @Test(.enabled(if: (try? PythonRunner.layers.check()) != nil, "cannot confine"))
  func confinedCandidatesReachNothing() throws {
    let confined = try PythonRunner(python: "python3", limits: limits, unconfined: false)
    let program = """
      import os, socket, subprocess
      def f(what):
          if what == 0: socket.socket(); return "reached the network"
          if what == 1: subprocess.run(["true"]); return "started a process"
          if what == 2: open("/tmp/consensus-test", "w"); return "wrote a file"
          return "nothing"
      """
    guard
      case .outcomes(let found) = try confined.run(
        program, name: "f", inputs: ["(0,)", "(1,)", "(2,)", "(3,)"])
    else {
      Issue.record("the program did not load")
      return
    }
    for outcome in found[..<3] {
      #expect(outcome.result == .raised("PermissionError"), "\(outcome)")
    }
    #expect(found[3].isValue)
  }
}

@Suite struct SignatureTests {
  @Test(arguments: [
    ("int", ArgumentType.int), ("List[int]", .list(.int)), ("list", .list(.any)),
    ("typing.Dict[str, List[float]]", .dictionary(.text, .list(.float))),
    ("dict", .dictionary(.union([.int, .text]), .any)), ("set", .set(.union([.int, .text]))),
    ("set[tuple[list, int]]", .set(.tuple([.union([.int, .text]), .int]))),
    ("Optional[str]", .union([.text, .none])), ("int | None", .union([.int, .none])),
    ("Tuple[int, ...]", .sequence(.int)), ("tuple[int, str]", .tuple([.int, .text])),
    ("'Set[bool]'", .set(.bool)), ("numpy.ndarray", .any), ("", .any), ("List[", .list(.any)),
    ("[[[[[[[[[[[", .any), ("Union", .union([])),
  ])
  func readsAnnotations(text: String, type: ArgumentType) {
    #expect(ArgumentType(annotation: text) == type)
  }

  @Test(arguments: [
    ArgumentType.any, .none, .bool, .int, .float, .text, .list(.list(.int)), .set(.text),
    .tuple([.int, .text]), .sequence(.float), .dictionary(.text, .int), .union([]),
    .union([.int, .none]), .tuple([]), .set(.any), .dictionary(.any, .any), .set(.list(.int)),
  ])
  func everyTypeHasEdgesAndRandomValues(type: ArgumentType) {
    var signature = Signature([])
    signature.parameters = [type, .int]
    let inputs = signature.inputs(count: 30, random: CounterRNG(seed: 1))
    #expect(inputs.count == 30)
    #expect(inputs == signature.inputs(count: 30, random: CounterRNG(seed: 1)))
    #expect(inputs != signature.inputs(count: 30, random: CounterRNG(seed: 2)))
  }

  @Test func aFunctionWithoutParametersIsCalledOnce() {
    #expect(Signature([]).inputs(count: 10, random: CounterRNG(seed: 0)) == ["()"])
  }

  @Test func mostCandidatesDecideHowManyParametersThereAre() {
    func description(_ types: [String]) -> JSON {
      ["parameters": .array(types.map { ["name": "x", "type": .string($0), "optional": false] })]
    }
    let signature = Signature([
      description(["str"]), description(["", "List[int]"]), description(["float", "str"]),
    ])
    #expect(signature.parameters == [.float, .list(.int)])
  }
}
