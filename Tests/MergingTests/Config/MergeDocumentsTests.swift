import Testing

@testable import Merging

/// Several documents in one file.
struct MergeDocumentsTests {
  private func names(_ text: String) throws -> [String?] {
    try mergeConfig(text).documents.map(\.name)
  }

  private let last = "merge_method: linear\nmodels: [{model: one}, {model: two}]\n"
  private func stage(_ name: String, _ model: String) -> String {
    "name: \(name)\nmerge_method: linear\nmodels: [{model: \(model)}]\n"
  }

  @Test func documentsComeAfterThoseThatTheyRead() throws {
    let text = [last, stage("two", "one"), stage("one", "a")].joined(separator: "---\n")
    #expect(try names(text) == ["one", "two", nil])
    #expect(try names(text.replacing("\n", with: "\r\n")) == ["one", "two", nil])
  }

  /// What nobody reads is made all the same.
  @Test func documentsThatNobodyReadsComeBeforeTheLast() throws {
    let text = [last, stage("one", "a"), stage("two", "b"), stage("three", "c")]
      .joined(separator: "---\n")
    #expect(Set(try names(text)) == ["one", "two", "three", nil])
    #expect(try names(text).last == .some(nil))
  }

  @Test(arguments: ["---\n", "--- \n", "---  # next\n", "...\n---\n", "---\n# empty\n---\n"])
  func separators(separator: String) throws {
    let text = [stage("one", "a"), stage("two", "b"), last].joined(separator: separator)
    #expect(try names(text) == ["one", "two", nil])
    #expect(try names("---\n" + text + "...\n") == ["one", "two", nil])
    #expect(try names("# head\n" + text) == ["one", "two", nil])
  }

  @Test func directivesBelongToTheirDocument() throws {
    #expect(try names("%YAML 1.1\n---\n" + last) == [nil])
    #expect(
      try names("%YAML 1.1\n---\n" + stage("one", "a") + "...\n%YAML 1.1\n---\n" + last)
        == ["one", nil])
  }

  /// Places are those of the file, not of the document.
  @Test func placesAreThoseOfTheFile() {
    let text = [stage("one", "a"), last + "paramters: {}\n"].joined(separator: "---\n")
    #expect(faults(text).map(\.place) == ["merge.yml:7:1"])
    #expect(faults(text.replacing("\n", with: "\r\n")).map(\.place) == ["merge.yml:7:1"])
  }

  @Test func cyclesAreRefused() {
    for text in [
      [stage("one", "two"), stage("two", "one"), last], [stage("one", "one"), last],
      [stage("one", "two"), stage("two", "three"), stage("three", "one"), last],
    ] {
      let found = faults(text.joined(separator: "---\n"))
      #expect(found.count == 1 && found[0].what.contains("its own result"), "\(found)")
      #expect(found[0].place?.hasPrefix("merge.yml:") == true)
    }
  }

  @Test func namesAreUnique() {
    let found = faults([stage("one", "a"), stage("one", "b"), last].joined(separator: "---\n"))
    #expect(found.count == 1 && found[0].what.contains("'one'"))
  }

  @Test func oneDocumentHasNoName() {
    #expect(faults([stage("one", "a"), stage("two", "b")].joined(separator: "---\n")).count == 1)
    #expect(faults([last, last].joined(separator: "---\n")).count == 1)
  }

  @Test func theNameOfASingleDocumentIsAWarning() throws {
    #expect(try mergeConfig(stage("one", "a")).warnings.count == 1)
  }
}
