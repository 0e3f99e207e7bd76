import PluginAPI
import Testing

@testable import CodeExecution

struct CodeTaskTests {
  private func task(_ fields: JSONObject, prompt: String = "") throws -> CodeTask {
    try CodeTask(row(fields, "", prompt: prompt).prompt)
  }

  private func fault(_ fields: JSONObject) -> String? {
    do {
      _ = try task(fields)
      return nil
    } catch {
      return (error as? CodeTask.Fault)?.reason
    }
  }

  @Test func readsMBPP() throws {
    let fields: JSONObject = [
      "test_list": ["assert f() == 1", "assert f() != 2"], "test_setup_code": "x = 1",
      "test_imports": ["import math"],
    ]
    guard case .assertions(let setup, let tests) = try task(fields).tests else {
      Issue.record("no assertions")
      return
    }
    #expect(setup == "import math\nx = 1" && tests == ["assert f() == 1", "assert f() != 2"])
  }

  @Test func goesOnWithHumanEval() throws {
    let prompt = "from typing import List\n\n\ndef add(a: int) -> int:\n    \"\"\"One more.\"\"\"\n"
    let fields: JSONObject = [
      "test": "def check(candidate):\n    assert candidate(1) == 2\n", "entry_point": "add",
    ]
    let task = try task(fields, prompt: prompt)
    guard case .assertions(_, let tests) = task.tests else {
      Issue.record("no assertions")
      return
    }
    #expect(tests.count == 1 && tests[0].hasSuffix("check(add)\n"))
    #expect(task.program("    return a + 1\n") == prompt + "    return a + 1\n")
    let whole = "def add(a):\n    return a + 1\n"
    #expect(task.program(whole) == "from typing import List\n\n\n\n" + whole)
    #expect(try self.task(tests_("x")).program("y") == "y")
  }

  private func tests_(_ text: String) -> JSONObject { tests(text) }

  @Test func saysWhatCannotBeRead() {
    #expect(fault(["tests": []])?.contains("no list") == true)
    #expect(fault(["tests": "assert"])?.contains("no list") == true)
    #expect(fault(["tests": ["a", ["input": "", "output": ""]]])?.contains("not both") == true)
    #expect(fault(["tests": [["input": "x"]]])?.contains("not both") == true)
    #expect(fault(["test_list": []])?.contains("'test_list'") == true)
    #expect(fault(["test": "x"])?.contains("entry_point") == true)
    #expect(fault(["test": "x", "entry_point": "f); evil("])?.contains("no name") == true)
    #expect(fault(["test": "x", "entry_point": ""])?.contains("no name") == true)
    #expect(fault(tests("x")) == nil)
  }
}
