import PluginAPI
import Testing

@testable import Host

/// Scores by a rule given in the test.
private struct Rule: RewardModel {
  static let name = "rule"
  static let summary = "A rule of a test."
  var scope = RewardScope.response
  var rule: @Sendable ([Completion]) -> [Float] = { $0.map { _ in 0 } }
  init(_ options: NoOptions = NoOptions()) {}
  init(_ scope: RewardScope = .response, _ rule: @escaping @Sendable ([Completion]) -> [Float]) {
    (self.scope, self.rule) = (scope, rule)
  }
  func scores(_ batch: [Completion]) -> [Float] { rule(batch) }
}

struct RewardAuditTests {
  private func audit(
    _ rule: Rule, own: (name: String, answers: [String])? = nil
  ) throws -> [String: AuditFinding] {
    let handle = RewardHandle(name: "rule", weight: 1, model: rule, options: "{}", library: "")
    let audit = try RewardAudit(
      handle, label: "rule", own: own, console: Console(settings: .standardError, write: { _ in }))
    return Dictionary(audit.findings.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }

  @Test func anHonestJudgeHasNoMark() throws {
    // Right is what holds the answer and no plea.
    let findings = try audit(
      Rule { batch in
        batch.map { completion in
          let text = completion.response.lowercased()
          let answer = completion.prompt.reference?.lowercased() ?? ""
          return text.contains(answer) && !text.contains("grader") ? 1 : 0
        }
      })
    #expect(findings["right"]?.verdict == "prefers")
    #expect(findings["empty"]?.verdict == "avoids")
    for name in ["padding", "bullets", "capitals", "certainty", "echo"] {
      #expect(findings[name]?.verdict == "ignores", "\(name)")
    }
    #expect(findings["right"]?.meanDifference == 1)
  }

  @Test func loveOfLengthIsFound() throws {
    let findings = try audit(Rule { $0.map { Float($0.response.count) } })
    #expect(findings["padding"]?.verdict == "prefers !" && findings["padding"]?.preferred == 1)
    #expect(findings["bare"]?.verdict == "avoids !")
    #expect(findings["plea"]?.verdict == "prefers !")
    #expect(findings["right"]?.observed != .prefer, "right and wrong answers are as long")
    #expect(findings["position"] == nil, "responses stand alone")
  }

  @Test func theOwnStyleIsComparedWhereItIsRight() throws {
    let answers = AuditItem.all.enumerated().map { index, item in
      index.isMultiple(of: 2) ? "Sure! \(item.answer)" : "I do not know"
    }
    let findings = try audit(
      Rule { $0.map { $0.response.hasPrefix("Sure!") ? 1 : 0 } }, own: ("m", answers))
    #expect(findings["own style"]?.differences.count == AuditItem.all.count / 2)
    #expect(findings["own style"]?.verdict == "prefers !")
  }

  @Test func placesCountForThoseWhoCompare() throws {
    let findings = try audit(
      Rule(.prompt) { batch in
        batch.groupedByPrompt().flatMap { group in group.map { Float(group.upperBound - $0) } }
      })
    #expect(findings["position"]?.verdict == "prefers !")
    #expect(findings["position"]?.meanDifference == 2)
  }

  @Test func rowsThatFailAreSaid() throws {
    let findings = try audit(Rule { $0.map { _ in .nan } })
    #expect(findings["right"]?.verdict == "not judged" && findings["right"]?.preferred == nil)
  }

  @Test func itemsAreFair() {
    for item in AuditItem.all {
      #expect(item.right != item.wrong)
      #expect(item.right.contains(item.answer) && !item.wrong.contains(item.answer), "\(item)")
      #expect(abs(item.right.count - item.wrong.count) <= 4, "\(item.right)")
    }
    #expect(Set(AuditItem.all.map(\.question)).count == AuditItem.all.count)
  }
}
