import Testing

@testable import Host

struct SavePaceTests {
  @Test func savingTakesATwentiethOfTheTimeAtMost() {
    var now = 0.0
    var saves: [Double] = []
    var pace = SavePace { now }
    for _ in 0..<200 {
      now += 1
      pace.saveWhenDue {
        saves.append(now)
        now += 3
      }
    }
    #expect(saves == [2, 65, 128, 191])
  }

  @Test func aCheapSaveComesEveryTwoSeconds() {
    var now = 0.0
    var count = 0
    var pace = SavePace { now }
    for _ in 0..<40 {
      now += 0.5
      pace.saveWhenDue { count += 1 }
    }
    #expect(count == 10)
  }
}
