import Kernels
import Testing

@testable import Formats

/// What the goldens do not show: limits, places of errors, the sandbox.
struct TemplateEngineTests {
  private func render(_ source: String, _ variables: JSONObject = [:]) throws -> String {
    try ChatTemplate(source: source, name: "t.jinja").render(variables)
  }

  private func problem(_ source: String, _ variables: JSONObject = [:]) -> Problem? {
    do {
      _ = try render(source, variables)
      return nil
    } catch { return error as? Problem }
  }

  @Test(arguments: [
    ("{{ 7 // -2 }} {{ -7 % 3 }} {{ 2 ** 100 }}", "-4 2 1267650600228229401496703205376"),
    ("{{ (2 ** 100) // 3 }} {{ 2 ** 64 - 2 ** 64 }}", "422550200076076467165567735125 0"),
    ("{{ 2.5|round }} {{ 2.675|round(2) }} {{ 1250|round(-2) }}", "2.0 2.67 1200"),
    ("{{ 'e\\u0301' == '\\u00e9' }} {{ 'e\\u0301'|length }}", "False 2"),
    ("{{ ' a b  c '.rsplit(none, 1) }}", "[' a b', 'c']"),
    ("{{ 'ab'[::-1] }}{{ 'abc'[-2:] }}{{ nested.0.1.0 }}", "babc2"),
    (
      "{{ '%05.1f|%-4s|' % (2.25, 'a') }}{{ '{:>4}|{:,}'.format(1, 1234567) }}",
      "002.2|a   |   1|1,234,567"
    ),
    ("{% for i in [3, 1] if i > 1 %}{{ loop.length }}{{ loop.last }}{% endfor %}", "1True"),
    ("{% macro f(a, b='B') %}{{ a }}{{ b }}{{ varargs }}{% endmacro %}{{ f(1, 2, 3) }}", "12(3,)"),
    ("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1"),
    ("{{ strings|sort }} {{ strings|unique|list }}", "['a', 'A', 'b'] ['b', 'a']"),
  ])
  func behavesLikePython(source: String, expected: String) throws {
    let variables: JSONObject = ["nested": [[1, [2]]], "strings": ["b", "a", "A"]]
    #expect(try render(source, variables) == expected)
  }

  @Test(arguments: [
    ("a\n  {% if %}", "t.jinja:2:9", "Expected an expression, got 'end of statement block'"),
    ("x\ny {{ a | nosuch }}", "t.jinja:2:10", "No filter named 'nosuch'."),
    ("{% frobnicate %}", "t.jinja:1:4", "Encountered unknown tag 'frobnicate'."),
    ("{% include 'x' %}", "t.jinja:1:4", "the tag 'include' is not supported in chat templates"),
    ("é {{ d.x.y }}", "t.jinja:1:9", "'dict object' has no attribute 'x'"),
    ("\n\n{{ raise_exception('no') }}", "t.jinja:3:19", "no"),
  ])
  func errorsNameLineAndColumn(source: String, place: String, what: String) {
    let problem = problem(source, ["d": [:]])
    #expect(problem?.place == place && problem?.what == what, "\(String(describing: problem))")
    #expect(problem?.kind == .badData)
  }

  @Test(arguments: [
    "{{ ''.__class__.__mro__ }}", "{{ raise_exception.__globals__['os'] }}",
    "{{ d.__class__.__base__.__subclasses__() }}", "{{ xs.append(1) }}", "{{ d.update(d) }}",
    "{{ xs.sort() }}", "{{ '{0.__class__.__init__}'.format(1) }}",
    "{{ (xs|attr('__class__')).mro() }}", "{{ xs['__class__']['x'] }}",
  ])
  func hidesWhatReachesOutOfTheSandbox(source: String) {
    #expect(problem(source, ["d": ["a": 1], "xs": [1]]) != nil)
  }

  /// Each would run for ever, fill the memory or exhaust the stack.
  @Test(arguments: [
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% for i in range(100000) %}{{ 'x' * 100000 }}{% endfor %}",
    "{{ 'x' * 9999999999999 }}", "{{ [1] * 9999999999999 }}", "{{ '%9999999999d' % 1 }}",
    "{{ 'x'|center(9999999999) }}", "{{ range(9223372036854775807) }}",
    "{{ 9 ** 999999999 }}", "{{ ('a' * 10000)|replace('a', 'b' * 100000) }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% set n = namespace(x=[]) %}{% for i in range(9999) %}{% set n.x = [n.x] %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
      + "{{ n.x }}",
    "{{ \(String(repeating: "(", count: 9999)) }}",
    "{{ \(String(repeating: "1+", count: 9999))1 }}",
    "{{ a\(String(repeating: "|trim", count: 9999)) }}",
    String(repeating: "{% if 1 %}", count: 9999),
  ])
  func stopsWhatWouldNotEnd(source: String) {
    #expect(problem(source) != nil)
  }

  @Test func namespacesThatHoldThemselvesAreReleased() throws {
    let source = "{% set n = namespace() %}{% set n.me = n %}{{ n.me.me is defined }}{{ n }}"
    #expect(try render(source) == "True<Namespace {'me': …}>")
  }

  /// Random changes to working templates: errors are fine, traps and hangs are not.
  @Test func survivesRandomMutations() throws {
    let base =
      "{% for m in xs if m %}{{ loop.index ~ m|upper }}{% set a, b = m, [1] %}"
      + "{% macro f(x=1, *y) %}{{ caller() }}{% endmacro %}{{ {'k': a[1:-1]} }}{% endfor %}"
      + "{%- if d.k is defined and not x -%}{{ 'é%s' % (1,) }}{# c #}{% raw %}{{{% endraw %}"
    let parts = ["{{", "}}", "{%", "%}", "|", "(", ")", "[", "'", "-", ".", "~", "9", "for", " "]
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(1, bound)
    }
    for _ in 0..<3000 {
      var scalars = Array(base.unicodeScalars)
      for _ in 0...random(4) {
        let at = random(scalars.count)
        if random(2) == 0 {
          scalars.removeSubrange(at..<min(scalars.count, at + 1 + random(6)))
        } else {
          scalars.insert(contentsOf: parts[random(parts.count)].unicodeScalars, at: at)
        }
      }
      _ = problem(String(String.UnicodeScalarView(scalars)), ["xs": ["a", 1], "d": ["k": 2]])
    }
  }
}

struct ChatMessageRuleTests {
  private let echo = "{% for m in messages %}[{{ m.role }}:{{ m.content }}]{% endfor %}"

  @Test func refusesAnEmptyConversation() throws {
    let template = try ChatTemplate(source: echo, name: "t")
    #expect(throws: Problem.self) { try template.render(messages: []) }
  }

  @Test func refusesToContinueAndToBeginAtOnce() throws {
    let template = try ChatTemplate(source: echo, name: "t")
    #expect(throws: Problem.self) {
      try template.render(
        messages: [["role": "user", "content": "a"]], addGenerationPrompt: true,
        continueFinalMessage: true)
    }
  }

  @Test func cutsInsideTheFinalMessage() throws {
    let template = try ChatTemplate(source: echo, name: "t")
    let chat = try template.render(
      messages: [["role": "user", "content": "a"], ["role": "assistant", "content": "b "]],
      continueFinalMessage: true)
    #expect(chat.text == "[user:a][assistant:b ")
  }

  @Test func dropsNullsAndSpreadsReasoning() throws {
    let source = "{{ messages[0].keys()|list }}"
    let template = try ChatTemplate(source: source, name: "t")
    let chat = try template.render(messages: [["role": "u", "content": nil, "reasoning": "r"]])
    #expect(chat.text == "['role', 'reasoning', 'reasoning_content', 'thinking']")
  }

  @Test func printsTheGivenTime() throws {
    let template = try ChatTemplate(source: "{{ strftime_now('%d %b %Y, %A %j') }}", name: "t")
    let now = CalendarTime(iso8601: "2024-07-26T09:05:03Z")
    let chat = try template.render(messages: [["role": "user"]], now: now)
    #expect(chat.text == "26 Jul 2024, Friday 208")
    #expect(CalendarTime(iso8601: "2023-02-29") == nil)
    #expect(CalendarTime(iso8601: "soon") == nil)
  }
}
