import Testing

@testable import Judge

struct ReplyReaderTests {
  @Test(arguments: [
    ("Fine. [[7]]", 7), ("[[3]] no, [[8]]", 8), ("[[ 7.5 ]]", 7.5), ("7", 7),
    ("I give it 8/10.", 8),
    ("9 out of 10", 9), ("Rating: 4", 4), ("It has 3 faults, so 6.", 6), ("10", 10),
    ("GPT-4 wrote it: 2", 2), ("On a scale of 1-10", 10), ("**9**/10", 9),
    ("**Rating: 4** out of **10**", 4), ("[[11]]", nil as Double?), ("0", nil), ("-3", nil),
    ("[[7]] although 99", 7), ("[[good]]", nil),
    ("seven", nil), ("", nil), ("[[]]", nil), ("1e300", nil), ("99999999999999999999", nil),
  ])
  func ratings(reply: String, rating: Double?) {
    #expect(ReplyReader.rating(in: reply, scale: 1...10) == rating, "\(reply)")
  }

  @Test(arguments: [
    ("Yes", true), ("yes.", true), ("NO", false), ("No, it does not.", false), ("**Yes**", true),
    ("Yes, no import is missing.", true), ("The answer is no", false), ("[[yes]]", true),
    ("No wonder. [[Yes]]", true), ("[[no]] [[NO]]", false), ("[[yes]] [[no]]", nil as Bool?),
    ("[[maybe]]", nil), ("It says yes and no", nil), ("I cannot tell", nil), ("", nil),
    ("yesterday", nil), ("Nobody knows", nil), ("None", nil), ("y", nil),
  ])
  func answers(reply: String, yes: Bool?) {
    #expect(ReplyReader.yes(in: reply) == yes, "\(reply)")
  }
}
