import PluginAPI
import Testing

@testable import CodeExecution

struct ExtractionTests {
  private let python = Language.python.fenceNames

  private let answer = """
    First:
    ```python
    a = 1
    ```
    then, better:
    ```py title
    a = 2
    ```
    which prints
    ```
    2
    ```
    """

  @Test func takesTheFenceAskedFor() {
    #expect(Extraction.last.program(in: answer, names: python) == "a = 2\n")
    #expect(Extraction.first.program(in: answer, names: python) == "a = 1\n")
    #expect(Extraction.none.program(in: answer, names: python) == answer)
    #expect(Extraction.first.program(in: answer, names: []) == "a = 1\n", "of any language")
    #expect(
      Extraction.last.program(in: answer, names: ["js"]) == "2\n", "fences without a language")
  }

  @Test func takesTheTextWhereThereIsNoFence() {
    #expect(Extraction.last.program(in: "    return 1\n", names: python) == "    return 1\n")
    #expect(Extraction.last.program(in: "```text\nno\n```", names: python) == "```text\nno\n```")
    #expect(Extraction.last.program(in: "", names: python) == "")
  }

  @Test func readsFencesAsMarkdownDoes() {
    let open = "```python\nx = '''\n```` \ny"
    #expect(Extraction.last.program(in: open, names: python) == "x = '''\n", "longer fences close")
    #expect(Extraction.last.program(in: "~~~py\n```\n~~~", names: python) == "```\n")
    #expect(Extraction.last.program(in: "```Python\nx", names: python) == "x\n", "cut short")
  }
}
